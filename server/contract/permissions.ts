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

export const allPermissions = Object.keys(permissions) as Permission[];

/** Says whether a text names a permission. */
export function isPermission(text: string): text is Permission {
  return Object.hasOwn(permissions, text);
}
