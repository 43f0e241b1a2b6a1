import type { Context } from "koa";
import type { ErrorOut, KoaContextWithOIDC } from "oidc-provider";

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
}
