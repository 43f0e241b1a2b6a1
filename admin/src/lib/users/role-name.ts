import { builtInRoles } from "#contract/permissions.ts";
import { say } from "#console/words/say.svelte.ts";

/** The name of a role: ours have one in each language, the organization's own are as they were written. */
export function roleName(role: { id: string; name: string }): string {
  if (role.id === builtInRoles.admin) return say.userForm.roleAdmin;
  if (role.id === builtInRoles.regular) return say.userForm.roleRegular;
  return role.name;
}

/** The same for a role of which only the name is known, as that of the viewer. */
export function roleNamed(name: string): string {
  if (name === "admin") return say.userForm.roleAdmin;
  return name === "regular" ? say.userForm.roleRegular : name;
}
