/** `view` reads; `act` also changes; `admin` also lets others in. Each may do what those before it may. */
export const roles = ["view", "act", "admin"] as const;
export type Role = (typeof roles)[number];

export const mayAs = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed);
