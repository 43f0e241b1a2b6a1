/** Why a session ended; people and administrators read it in the log. */
export type EndReason =
  | "signedOut"
  | "administrator"
  | "self"
  | "renamed"
  | "disabled"
  | "blocked"
  | "deleted"
  | "passwordChanged"
  | "deviceRemoved"
  | "identityRemoved"
  | "accessEnded"
  | "identityUnlinked"
  | "connectionDeleted"
  | "upstreamLogout"
  | "expired";
