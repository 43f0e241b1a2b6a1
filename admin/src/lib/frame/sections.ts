import { resolve } from "$app/paths";
import type { IconName } from "#console/parts/icons.ts";
import type { Words } from "#console/words/catalogue.ts";

interface Section {
  name: keyof Words["sections"];
  icon: IconName;
  href: string;
}

/** The parts of the console in the order of the side bar; a group without a title comes first. */
export const sectionGroups: { title?: keyof Words["sectionGroups"]; sections: Section[] }[] = [
  { sections: [{ name: "overview", icon: "overview", href: resolve("/") }] },
  {
    title: "people",
    sections: [
      { name: "users", icon: "users", href: resolve("/users") },
      { name: "onboarding", icon: "onboarding", href: resolve("/onboarding") },
      { name: "groups", icon: "groups", href: resolve("/groups") },
      { name: "roles", icon: "lock", href: resolve("/roles") },
      { name: "attributes", icon: "columns", href: resolve("/attributes") },
    ],
  },
  {
    title: "access",
    sections: [
      { name: "apps", icon: "apps", href: resolve("/apps") },
      { name: "apis", icon: "key", href: resolve("/apis") },
      { name: "directories", icon: "directory", href: resolve("/directories") },
      { name: "connections", icon: "connection", href: resolve("/connections") },
    ],
  },
  {
    title: "work",
    sections: [
      { name: "imports", icon: "import", href: resolve("/imports") },
      { name: "exports", icon: "export", href: resolve("/exports") },
      { name: "mails", icon: "mail", href: resolve("/mails") },
    ],
  },
  {
    title: "records",
    sections: [
      { name: "logs", icon: "log", href: resolve("/logs") },
      { name: "settings", icon: "settings", href: resolve("/settings") },
    ],
  },
];

/** Says whether an address lies in a section. */
export function isWithin(section: Section, pathname: string): boolean {
  if (section.name === "overview") return pathname === section.href || `${pathname}/` === section.href;
  return pathname === section.href || pathname.startsWith(`${section.href}/`);
}
