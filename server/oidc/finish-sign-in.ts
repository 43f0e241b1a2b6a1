import type { Context } from "koa";
import type { AdapterPayload, Client } from "oidc-provider";
import { answerInteraction, findRecord, findSessionByUid } from "../db/sql/oidc-records.ts";
import { hashSecret } from "../kernel/secrets.ts";
import type { AppId, DeviceId, UserId } from "../kernel/ids.ts";
import { currentSettings } from "../settings/read-settings.ts";
import type { Settings } from "../settings/definitions.ts";
import type { Upstream } from "../signin/attempt.ts";
import { browserOf } from "./browser-binding.ts";
import { endBrowserSession } from "./end-browser-session.ts";
import { apisOf, appId, requireFactor, thirdParty } from "./app-clients.ts";
import { withVersions } from "./request-memory.ts";
import type { Oidc } from "./open-oidc.ts";
import { restore } from "./payload.ts";
import { acrOf } from "./policy.ts";
import { scopes as knownScopes } from "./scopes.ts";

/** A sign-in that waits for the person. */
export interface OpenSignIn {
  state: "open";
  uid: string;
  /**
   * What is waited for: finishSignIn answers `login`, finishConsent answers `consent`. `access` is a person who may not
   * use the app: they go back, or sign in as somebody else.
   */
  prompt: Prompt;
  /** Why it is asked, in the provider's words: `no_session`, `login_prompt`, `max_age`, `op_scopes_missing` … */
  reasons: readonly string[];
  app: { id: AppId; clientId: string; name: string; isThirdParty: boolean; requireFactor: boolean };
  /**
   * Where the browser goes in the end; the page's `form-action` must allow its origin (see allowFormTarget). Undefined
   * where another device goes on.
   */
  redirectUri: string | undefined;
  /** Who is signed in in this browser already; asked again, or asked to consent. */
  userId: UserId | undefined;
  /** How and when they signed in; undefined when nobody is. */
  signedIn: { amr: readonly string[]; at: Date } | undefined;
  loginHint: string | undefined;
  /** Languages that the app asks for, best first (BCP 47). */
  uiLocales: readonly string[];
  acrValues: readonly string[];
  /** What a third-party app wants to get, for the consent page; scopes of APIs with what they mean. */
  scopes: readonly { name: string; description?: string }[];
  /** The settings that hold for this request. */
  settings: Settings;
  /** As the provider keeps it: what the functions here answer. */
  interaction: AdapterPayload;
}

type Prompt = "login" | "access" | "consent";
const prompts: readonly string[] = ["login", "access", "consent"] satisfies Prompt[];

/** A sign-in that cannot go on: too old, done, begun in another browser, or stopped by the account's owner. */
export interface EndedSignIn {
  state: "ended";
  reason: "expired" | "otherBrowser" | "stopped";
}

/**
 * Reads the sign-in that an address names, if it was begun in this browser.
 * Every page and every form of the sign-in door begins with it.
 *
 * @param uid the last part of `/signin/:uid`
 */
export async function readInteraction(oidc: Oidc, ctx: Context, uid: string): Promise<OpenSignIn | EndedSignIn> {
  const now = new Date();
  const { db } = oidc.house;
  const row = await findRecord(db, ["Interaction"], hashSecret(uid), now);
  if (row === undefined) return ended;
  if (row.payload["browser"] !== browserOf(ctx)) return { state: "ended", reason: "otherBrowser" };
  const interaction = restore("Interaction", uid, row.payload);
  const { params = {}, prompt } = interaction;
  let signedIn: OpenSignIn["signedIn"];
  if (interaction.session !== undefined) {
    // The session that it began in has ended, or has become somebody else's: the provider would refuse at the end.
    const found = await findSessionByUid(db, interaction.session.uid ?? "", now);
    const session: AdapterPayload | undefined = found?.payload;
    if (session?.accountId !== interaction.session.accountId) return ended;
    if (session !== undefined) signedIn = { amr: session.amr ?? [], at: new Date((session.loginTs ?? 0) * 1000) };
  }
  const clientId = String(params["client_id"]);
  const client = await withVersions(row.versions, async () => await oidc.provider().Client.find(clientId));
  if (client === undefined || prompt === undefined || !isPrompt(prompt.name)) return ended;
  return {
    state: "open",
    uid,
    prompt: prompt.name,
    reasons: prompt.reasons,
    app: {
      id: client[appId] as AppId,
      clientId: client.clientId,
      name: client.clientName ?? client.clientId,
      isThirdParty: client[thirdParty] !== false,
      requireFactor: client[requireFactor] === true,
    },
    redirectUri: text(params["redirect_uri"]),
    userId: interaction.session?.accountId as UserId | undefined,
    signedIn,
    loginHint: text(params["login_hint"]),
    uiLocales: words(params["ui_locales"]),
    acrValues: words(params["acr_values"]),
    scopes: describe(words(params["scope"]), client, words(params["resource"])),
    settings: await currentSettings(db, row.versions),
    interaction,
  };
}

/**
 * Says who has signed in. Call it when every step of the sign-in is done, never before.
 *
 * @param result.deviceId the device that the sign-in was admitted from (see devices/admit-device.ts)
 * @param result.upstream where the person signed in instead of here
 * @param result.amr how (RFC 8176): `pwd`, `otp`, `hwk` …; `acr` follows from it
 * @param result.remember false: the session ends with the browser; default true
 * @returns where to send the browser, with 303 so that the password is not posted on (RFC 9700 §4.12); or that the
 *   sign-in cannot go on
 */
export async function finishSignIn(
  oidc: Oidc,
  ctx: Context,
  { uid, interaction }: OpenSignIn,
  result: {
    userId: UserId;
    amr: readonly string[];
    deviceId: DeviceId;
    upstream?: Upstream | null;
    remember?: boolean;
  },
): Promise<{ location: string } | EndedSignIn> {
  if (interaction.prompt?.name !== "login" && interaction.prompt?.name !== "access") return ended;
  const { session } = interaction;
  const isOther = session !== undefined && session.accountId !== result.userId;
  if (isOther) {
    // Somebody else was signed in here: that session is over, and nothing of it goes on (CVE-2025-12390).
    await endBrowserSession(oidc.house, session.uid ?? "", { requestId: String(ctx.state["requestId"] ?? "") });
  }
  const { userId, amr, deviceId, upstream = null, remember = true } = result;
  const how = { amr: [...amr], acr: acrOf(amr), deviceId, ...(upstream === null ? {} : { upstream }) };
  const login = { accountId: userId, ...how, remember, ts: epochSeconds() };
  return await answer(oidc, uid, interaction, { ...interaction.lastSubmission, login }, isOther);
}

/** Says that the person who is signed in lets a third-party app have what it asked for. */
export async function finishConsent(
  oidc: Oidc,
  { uid, interaction }: OpenSignIn,
): Promise<{ location: string } | EndedSignIn> {
  const accountId = interaction.session?.accountId;
  if (interaction.prompt?.name !== "consent" || accountId === undefined) return ended;
  const { Grant } = oidc.provider();
  const { details } = interaction.prompt;
  const existing = interaction.grantId === undefined ? undefined : await Grant.find(interaction.grantId);
  const grant = existing ?? new Grant({ accountId, clientId: String(interaction.params?.["client_id"]) });
  if (Array.isArray(details["missingOIDCScope"])) grant.addOIDCScope(details["missingOIDCScope"].join(" "));
  if (Array.isArray(details["missingOIDCClaims"])) grant.addOIDCClaims(details["missingOIDCClaims"].map(String));
  const missing = details["missingResourceScopes"] as Record<string, string[]> | undefined;
  for (const [identifier, scopes] of Object.entries(missing ?? {}))
    grant.addResourceScope(identifier, scopes.join(" "));
  const grantId = await grant.save();
  return await answer(oidc, uid, interaction, { ...interaction.lastSubmission, consent: { grantId } });
}

/** Says that the person does not want to go on; the app hears `access_denied`. */
export async function denySignIn(
  oidc: Oidc,
  { uid, interaction }: OpenSignIn,
): Promise<{ location: string } | EndedSignIn> {
  return await answer(oidc, uid, interaction, { error: "access_denied", error_description: "the person declined" });
}

const ended: EndedSignIn = { state: "ended", reason: "expired" };

async function answer(
  oidc: Oidc,
  uid: string,
  { returnTo = "" }: AdapterPayload,
  result: object,
  forgetsSession = false,
): Promise<{ location: string } | EndedSignIn> {
  const changed = await answerInteraction(oidc.house.db, hashSecret(uid), result, forgetsSession, new Date());
  return changed === 1 ? { location: returnTo } : ended;
}

/** Scopes with their meaning in the APIs that the request names; what none of these knows is not granted, nor shown. */
function describe(names: readonly string[], client: Client, resources: readonly string[]): OpenSignIn["scopes"] {
  const apis = apisOf(client).filter((api) => resources.includes(api.identifier));
  return names.flatMap((name) => {
    const own = apis.flatMap((api) => api.scopes).find((scope) => scope.name === name);
    if (own !== undefined) return [{ name, ...(own.description !== "" && { description: own.description }) }];
    return knownScopes.includes(name) ? [{ name }] : [];
  });
}

function isPrompt(name: string): name is Prompt {
  return prompts.includes(name);
}

function epochSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A list apart by spaces, or a parameter that came several times. */
function words(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return (text(value) ?? "").split(" ").filter((word) => word !== "");
}
