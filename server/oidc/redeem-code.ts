import { createHash } from "node:crypto";
import { errors } from "oidc-provider";
import type { UserId } from "../kernel/ids.ts";
import { isSecret, hashSecret } from "../kernel/secrets.ts";
import type { Oidc } from "./open-oidc.ts";

/**
 * Redeems an authorization code of an app of the house itself, without the way over HTTP to the own public address,
 * which a server behind a proxy may not be able to reach. The checks are those of the token endpoint (RFC 6749 §4.1.3,
 * RFC 7636 §4.6), and of any number of tries at once one succeeds.
 *
 * @returns undefined when the code is not good
 */
export async function redeemCode(
  oidc: Oidc,
  request: { code: string; clientId: string; redirectUri: string; verifier: string },
): Promise<{ userId: UserId; sessionUid: string; nonce: string | undefined } | undefined> {
  const { AuthorizationCode, Grant } = oidc.provider();
  const code = await AuthorizationCode.find(request.code);
  if (code === undefined || code.clientId !== request.clientId) return undefined;
  const { grantId, accountId, sessionUid } = code;
  if (accountId === undefined || sessionUid === undefined || grantId === undefined) return undefined;
  if (!code.isValid) {
    // Used twice: what came of the first use ends (RFC 6749 §4.1.2).
    await AuthorizationCode.revokeByGrantId(grantId);
    await Grant.adapter.destroy(grantId);
    return undefined;
  }
  const challenge = createHash("sha256").update(request.verifier).digest("base64url");
  const isRight =
    code.redirectUri === request.redirectUri &&
    code.codeChallengeMethod === "S256" &&
    isSecret(challenge, hashSecret(code.codeChallenge ?? ""));
  if (!isRight) return undefined;
  try {
    await code.consume();
  } catch (error) {
    if (error instanceof errors.InvalidGrant) return undefined;
    throw error;
  }
  return { userId: accountId as UserId, sessionUid, nonce: code.nonce };
}
