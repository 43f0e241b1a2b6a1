import type { Context } from "koa";
import type { ErrorOut, KoaContextWithOIDC } from "oidc-provider";

/** The page for the code that a device shows; what it posts to, and what went wrong with a code. */
export interface EnteredCode {
  action: string;
  xsrf: string;
  userCode: string | undefined;
  /** stopped: the person, or a rule, ended the sign-in after the code was entered. */
  problem: "missing" | "wrong" | "used" | "stopped" | "failed" | undefined;
}

/** What a person compares before a device is let in. */
export interface AskingDevice {
  action: string;
  xsrf: string;
  userCode: string;
  appName: string;
  /** Where the request of the device came from. */
  address: string | undefined;
  userAgent: string | undefined;
  askedAt: Date;
}

/**
 * The pages that the provider shows itself. The room http renders them: each sets `ctx.body`.
 */
export interface OidcPages {
  /** What went wrong at an address of the provider, for a person who looks at it in a browser. */
  error(ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): Promise<void>;
  /** Asks whether to sign out. The form posts `xsrf`, and `logout=yes` to do it; it may redirect to `leadsTo`. */
  confirmSignOut(
    ctx: KoaContextWithOIDC,
    view: { action: string; xsrf: string; appName: string | undefined; leadsTo: string | undefined },
  ): Promise<void>;
  /** Lets the form of a page that the provider made itself (response_mode=form_post) lead to the app. */
  allowFormTarget(ctx: Context, uri: string): void;
  /** Remembers where the session began that is about to end, for the page that says that it has. */
  noteUpstream(ctx: KoaContextWithOIDC, sessionUid: string): Promise<void>;
  /** Says that it is done. */
  signedOut(ctx: KoaContextWithOIDC, view: { appName: string | undefined }): Promise<void>;
  /** Asks for the code that a device shows. The form posts `xsrf` and `user_code`. */
  enterCode(ctx: KoaContextWithOIDC, view: EnteredCode): Promise<void>;
  /** Shows who asks. The form posts `xsrf`, `user_code`, and `confirm=yes` or `abort=yes`. */
  confirmDevice(ctx: KoaContextWithOIDC, view: AskingDevice): Promise<void>;
  /** Says that the device goes on by itself. */
  deviceDone(ctx: KoaContextWithOIDC, view: { appName: string | undefined }): Promise<void>;
}
