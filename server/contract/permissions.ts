/** What a role can allow, with the words that the console shows. */
export const permissions = {
  settings: "Change organization settings",
  accounts: "Manage accounts",
  groups: "Manage groups",
  apps: "Manage apps",
  directories: "Manage directories",
  logs: "View logs and mails",
  fullAddresses: "See full network addresses",
  export: "Export data",
} as const;

export type Permission = keyof typeof permissions;

export const allPermissions = Object.keys(permissions) as [Permission, ...Permission[]];

/** What a role may ask for beyond the policy of the organization about second factors. */
export const roleFactorPolicies = ["optional", "required"] as const;
export type RoleFactorPolicy = (typeof roleFactorPolicies)[number];

/** Ids of the two roles that are always there. */
export const builtInRoles = {
  admin: "00000000-0000-7000-8000-000000000001",
  regular: "00000000-0000-7000-8000-000000000002",
} as const;

/** Says whether a text names a permission. */
export function isPermission(text: string): text is Permission {
  return Object.hasOwn(permissions, text);
}
