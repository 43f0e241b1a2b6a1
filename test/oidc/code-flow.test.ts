import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "./support/browser.ts";
import { getTokens, relyingParty, signInAt, startAttempt } from "./support/relying-party.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse } from "./support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

describe("code and PKCE", () => {
  test("[S1] openid-client signs somebody in with nothing set but id and secret", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { tokens, page } = await getTokens(house, app, user.username);
    expect(page.status).toBe(303);
    expect(page.url.searchParams.get("iss")).toBe(house.issuer);
    expect(tokens.claims()).toMatchObject({ sub: user.id, iss: house.issuer, aud: app.clientId, amr: ["pwd"] });
    expect(tokens.refresh_token).toBeUndefined();
  });
});
