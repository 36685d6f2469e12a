/**
 * `view` looks; `act` also changes; `admin` also lets others in. `report` is apart from them: it may report what applications
 * measured and nothing else, for tokens that stand in many places.
 */
export const roles = ["report", "view", "act", "admin"] as const;
export type Role = (typeof roles)[number];

const may: Readonly<Record<Role, readonly Role[]>> = {
  report: ["report"],
  view: ["view"],
  act: ["report", "view", "act"],
  admin: roles,
};

export const mayAs = (role: Role, needed: Role): boolean => may[role].includes(needed);

/** Why a role is not enough, after "the token ben". */
export const limitOf: Readonly<Record<Role, string>> = {
  report: "may report events and nothing else",
  view: "may look and not act",
  act: "may act and not let others in",
  admin: "may do everything",
};
