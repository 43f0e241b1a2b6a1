import type Provider from "oidc-provider";
import type { KoaContextWithOIDC } from "oidc-provider";
import { grantTypes } from "../contract/apps.ts";
import type { House } from "../house.ts";

/** Something the provider did or refused, for the metrics. */
export type OidcEvent =
  | { kind: "grant"; grant: string; outcome: string }
  | { kind: "authorization"; outcome: string }
  | { kind: "interaction"; prompt: string };

/**
 * Tells the log what the provider keeps to itself, and `count` what is counted.
 * The provider answers a fault with `server_error` and no more: without this nobody would learn of it.
 */
export function report(provider: Provider, house: House, count: (event: OidcEvent) => void): void {
  provider.on("server_error", (ctx, err) => {
    house.log.error({ err, requestId: requestId(ctx), route: ctx.oidc.route }, "the OpenID provider failed");
  });
  provider.on("authorization.success", () => count({ kind: "authorization", outcome: "success" }));
  provider.on("authorization.error", (ctx, err) => {
    count({ kind: "authorization", outcome: err.error });
    refused(ctx, err);
  });
  provider.on("interaction.started", (_ctx, prompt) => count({ kind: "interaction", prompt: prompt.name }));
  provider.on("grant.success", (ctx) => count({ kind: "grant", grant: grantOf(ctx), outcome: "success" }));
  provider.on("grant.error", (ctx, err) => {
    count({ kind: "grant", grant: grantOf(ctx), outcome: err.error });
    refused(ctx, err);
  });
  for (const event of ["introspection.error", "revocation.error", "userinfo.error", "end_session.error"] as const) {
    provider.on(event as "grant.error", refused);
  }

  function refused(ctx: KoaContextWithOIDC, err: { error: string; error_detail?: unknown }): void {
    const client = ctx.oidc.client?.clientId;
    house.log.info(
      { requestId: requestId(ctx), route: ctx.oidc.route, client, error: err.error, detail: err.error_detail },
      "the OpenID provider refused a request",
    );
  }
}

// An unknown grant type is counted as one: its text is the client's, and every text would be a series of its own.
const grants = new Set<string>(grantTypes);

function grantOf(ctx: KoaContextWithOIDC): string {
  const grant = ctx.oidc.params?.["grant_type"];
  return typeof grant === "string" && grants.has(grant) ? grant : "other";
}

function requestId(ctx: KoaContextWithOIDC): unknown {
  return ctx.state["requestId"];
}
