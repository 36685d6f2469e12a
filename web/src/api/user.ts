/** Who acts, where the server has no tokens that say so: a name that is kept in this browser. */
const KEY = "serin-user";

export const userName = (): string | null => localStorage.getItem(KEY);

export function nameUser(name: string): void {
  if (name.trim() === "") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, name.trim().slice(0, 100));
}
