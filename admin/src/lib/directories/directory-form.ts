import type { DirectoryProduct } from "#contract/directory-products.ts";
import type { Reply } from "#console/api/call.ts";
import { endOf } from "./token-end.ts";
import type { TokenEnd } from "./token-end.ts";

/** What the form of a directory holds while it is filled in. */
export interface DirectoryValues extends Record<string, unknown> {
  name: string;
  product: DirectoryProduct;
  /** Requests a second as typed; empty is no limit. */
  rateLimit: string;
  adopt: "" | "username" | "email";
  ownPasswords: boolean;
}

/** The same for one that is made, with the end of its token. */
export interface NewDirectoryValues extends DirectoryValues {
  tokenEnd: TokenEnd;
  tokenEndAt: string;
}

export const noDirectory: NewDirectoryValues = {
  name: "",
  product: "okta",
  rateLimit: "",
  adopt: "",
  ownPasswords: false,
  tokenEnd: "",
  tokenEndAt: "",
};

/** The form filled with a directory. */
export function directoryValues(directory: Reply<"getDirectory">): DirectoryValues {
  return {
    name: directory.name,
    product: directory.product,
    rateLimit: directory.rateLimit === null ? "" : String(directory.rateLimit),
    adopt: directory.adopt ?? "",
    ownPasswords: directory.ownPasswords,
  };
}

/** The body that changes a directory. */
export function directoryBody(values: DirectoryValues) {
  return {
    name: values.name.trim(),
    product: values.product,
    rateLimit: values.rateLimit.trim() === "" ? null : Number(values.rateLimit),
    adopt: values.adopt === "" ? null : values.adopt,
    ownPasswords: values.ownPasswords,
  };
}

/** The body that creates one. */
export function newDirectoryBody(values: NewDirectoryValues, now: Date) {
  return { ...directoryBody(values), tokenExpiresAt: endOf(values.tokenEnd, values.tokenEndAt, now) };
}
