import type { Reply } from "#console/api/call.ts";
import { say } from "#console/words/say.svelte.ts";

type Connection = Reply<"getConnection">;

/** What the form of a connection holds while it is filled in; domains are one a line. */
export interface ConnectionValues extends Record<string, unknown> {
  name: string;
  issuer: string;
  clientId: string;
  /** Empty: as it was. */
  clientSecret: string;
  scopes: string;
  domains: string;
  hasButton: boolean;
  match: Connection["match"];
  createsUsers: boolean;
  asksFactor: boolean;
  asksProtection: boolean;
}

export const noConnection: ConnectionValues = {
  name: "",
  issuer: "",
  clientId: "",
  clientSecret: "",
  scopes: "openid email profile",
  domains: "",
  hasButton: true,
  match: "email",
  createsUsers: false,
  asksFactor: false,
  asksProtection: false,
};

/** The form filled with a connection. The secret is never known here. */
export function connectionValues(connection: Connection): ConnectionValues {
  const { name, issuer, clientId, scopes, hasButton, match, createsUsers, asksFactor, asksProtection } = connection;
  return {
    name,
    issuer,
    clientId,
    scopes,
    hasButton,
    match,
    createsUsers,
    asksFactor,
    asksProtection,
    clientSecret: "",
    domains: connection.domains.join("\n"),
  };
}

/** The body that creates or changes a connection, but for the issuer. */
export function connectionBody(values: ConnectionValues) {
  const { name, clientId, clientSecret, scopes, hasButton, match, createsUsers, asksFactor, asksProtection } = values;
  return {
    name: name.trim(),
    clientId: clientId.trim(),
    ...(clientSecret.trim() === "" ? {} : { clientSecret: clientSecret.trim() }),
    scopes: scopes.trim(),
    domains: values.domains.split(/[\s,]+/).filter((domain) => domain !== ""),
    hasButton,
    match,
    createsUsers,
    asksFactor,
    asksProtection,
  };
}

/** Names of the fields, as errors on top of the form call them. */
export function connectionLabels(): Record<string, string> {
  const { name, issuer, clientId, clientSecret, scopes, domains } = say.connectionForm;
  return { name, issuer, clientId, clientSecret, scopes, domains };
}
