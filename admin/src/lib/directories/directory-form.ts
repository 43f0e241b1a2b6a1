import type { Reply } from "#console/api/call.ts";

/** What the form of a directory holds while it is filled in. */
export interface DirectoryValues extends Record<string, unknown> {
  name: string;
  /** Requests a second as typed; empty is no limit. */
  rateLimit: string;
  adopt: "" | "username" | "email";
  ownPasswords: boolean;
}

export const noDirectory: DirectoryValues = { name: "", rateLimit: "", adopt: "", ownPasswords: false };

/** The form filled with a directory. */
export function directoryValues(directory: Reply<"getDirectory">): DirectoryValues {
  return {
    name: directory.name,
    rateLimit: directory.rateLimit === null ? "" : String(directory.rateLimit),
    adopt: directory.adopt ?? "",
    ownPasswords: directory.ownPasswords,
  };
}

/** The body that creates or changes a directory. */
export function directoryBody(values: DirectoryValues) {
  return {
    name: values.name.trim(),
    rateLimit: values.rateLimit.trim() === "" ? null : Number(values.rateLimit),
    adopt: values.adopt === "" ? null : values.adopt,
    ownPasswords: values.ownPasswords,
  };
}
