/** The part of cephes that is used; its own types are not found under `nodenext`. */
declare module "cephes" {
  /** Settles when the functions may be called. */
  export const compiled: Promise<void>;
  export function lgam(x: number): number;
  export function erfc(x: number): number;
  export function ndtri(p: number): number;
  export function igam(a: number, x: number): number;
  export function igamc(a: number, x: number): number;
  export function igami(a: number, q: number): number;
}
