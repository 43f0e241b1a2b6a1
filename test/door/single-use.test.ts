import { generateSync } from "otplib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newChallenge } from "#server/factors/challenge.ts";
import { enrollEmail, sendCode } from "#server/factors/email-code.ts";
import { beginEnrolment, enrollFactor, renewCodes } from "#server/factors/enroll-factor.ts";
import { enrollPasskey, offerPasskey } from "#server/factors/enroll-passkey.ts";
import { proveFactor } from "#server/factors/prove-factor.ts";
import type { Proof } from "#server/factors/prove-factor.ts";
import type { UserId } from "#server/kernel/ids.ts";
import type { Work } from "#server/db/work.ts";
import { makeLink, useLink } from "#server/onboarding/links.ts";
import { makeFirstAdministrator, makeSetupLink } from "#server/onboarding/set-up.ts";
import { hashPassword } from "#server/passwords/hash.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { openMail } from "#server/mail/queue-mail.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { createUser } from "#server/users/create-user.ts";
import { makeAuthenticator } from "#test/support/authenticator.ts";
import type { PasskeyOptions } from "#test/support/authenticator.ts";
import { openTestHouse } from "#test/support/house.ts";
import type { TestHouse } from "#test/support/house.ts";

const rounds = 50;
const atOnce = 20;
const place = { signIn: "sign-in", step: "sign-in\nturn" };

let house: TestHouse;
let id: UserId;

beforeAll(async () => {
  house = await openTestHouse();
  await house.work(async (work) => await setSetting(work, "factors.email", true));
  const resource = { emails: [{ value: "ada@example.com", primary: true }] };
  id = await house.work(async (work) => await createUser(work, { username: "ada", displayName: "Ada", resource }));
});
afterAll(async () => await house.close());

const asAda = async <Result>(act: (work: Work) => Promise<Result>) =>
  await house.as({ kind: "user", id, name: "Ada", can: () => false }, act);

/** The code of the newest mail. */
async function mailedCode(): Promise<string> {
  const mail = await house.db.models.Mail.findOne({ where: { template: "sign-in-code" }, order: [["id", "DESC"]] });
  return /^\d{6}$/m.exec(openMail(house.keyring, mail?.sealed)?.text ?? "")?.[0] ?? "";
}

/** Uses each of many proofs many times at once, as sign-ins in many browsers would, and counts what succeeds. */
async function race(next: (round: number) => Promise<Proof>): Promise<number[]> {
  const wins: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const proof = await next(round);
    const tries = await Promise.all(
      Array.from(
        { length: atOnce },
        async () => await asAda(async (work) => await proveFactor(work, house, id, proof, place)),
      ),
    );
    wins.push(tries.filter((amr) => amr !== undefined).length);
  }
  return wins;
}

/** How many of many tries at once succeed; the others hear that the link is none. */
async function countWins(act: (work: Work) => Promise<unknown>): Promise<number> {
  const tries = await Promise.allSettled(Array.from({ length: atOnce }, async () => await house.work(act)));
  const lost = tries.filter((tried) => tried.status === "rejected");
  for (const { reason } of lost) expect(reason).toMatchObject({ code: "link.invalid" });
  return tries.length - lost.length;
}

const secretOf = (url: string) => url.slice(url.lastIndexOf("/") + 1);

const once = Array.from({ length: rounds }, () => 1);

test("[S2] a time step counts once, in 20 uses at once, 50 times over", async () => {
  const { secret, ticket } = beginEnrolment(house.keyring, id, "here", house.clock.now);
  const codeNow = () => {
    house.clock.now = new Date(house.clock.now.getTime() + 60_000);
    return generateSync({ secret, epoch: Math.floor(house.clock.now.getTime() / 1000) });
  };
  const first = codeNow();
  await asAda(async (work) => await enrollFactor(work, house.keyring, id, { secret, ticket }, first));
  expect(await race(async () => await Promise.resolve({ way: "totp", answer: codeNow() }))).toEqual(once);
});

test("[S2] a recovery code counts once, in 20 uses at once, 50 times over", async () => {
  let codes: string[] = [];
  const wins = await race(async (round) => {
    if (round % 10 === 0) codes = await asAda(async (work) => await renewCodes(work, house.keyring, id));
    return { way: "recovery", answer: codes[round % 10] ?? "" };
  });
  expect(wins).toEqual(once);
});

test("[S2] a code by email counts once, in 20 uses at once, 50 times over", async () => {
  await asAda(async (work) => await sendCode(work, house, id, "here"));
  const first = await mailedCode();
  expect(await asAda(async (work) => await enrollEmail(work, house.keyring, id, "here", first))).toBeDefined();
  const wins = await race(async () => {
    house.clock.now = new Date(house.clock.now.getTime() + 1000);
    await asAda(async (work) => await sendCode(work, house, id, place.signIn));
    return { way: "email", answer: await mailedCode() };
  });
  expect(wins).toEqual(once);
});

test.each(["activation", "reset"] as const)(
  "[O3] [S8] a link for an %s counts once, in 20 uses at once, 50 times over",
  async (purpose) => {
    const wins: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const owner = await house.work(
        async (work) => await createUser(work, { username: `${purpose}-${round}`, displayName: "Owner" }),
      );
      const { url } = await house.work(async (work) => await makeLink(work.tx, "", purpose, owner, work.now));
      wins.push(await countWins(async (work) => await useLink(work.tx, purpose, secretOf(url), work.now)));
    }
    expect(wins).toEqual(once);
  },
);

test("[C4] a set-up link makes one administrator, in 20 uses at once, 50 times over", async () => {
  const wins: number[] = [];
  const password = { hash: await hashPassword("plum-kettle-orbit-93") };
  for (let round = 0; round < rounds; round += 1) {
    await house.db.run("delete from users where role_id = $1", [adminRole]);
    const secret = secretOf(await makeSetupLink(house, "race"));
    const first = { username: `admin-${round}`, displayName: "Admin", email: "admin@example.com", secret };
    wins.push(await countWins(async (work) => await makeFirstAdministrator(work, first, password)));
  }
  expect(wins).toEqual(once);
});

test("[S2] a question to a passkey is answered once, in 20 answers at once, 50 times over", async () => {
  const key = makeAuthenticator(house.config.issuer, false);
  const offer = await asAda(async (work) => await offerPasskey(work, house, id, "here"));
  const given = { place: "here", ticket: offer?.ticket ?? "", response: key.create(offer?.options as PasskeyOptions) };
  await asAda(async (work) => await enrollPasskey(work, house, id, { ...given, name: "Key" }));
  const wins = await race(async () => {
    const ceremony = { use: "prove" as const, place: place.step, userId: id };
    const { challenge, ticket } = newChallenge(house.keyring, ceremony, house.clock.now);
    return await Promise.resolve({ way: "passkey", answer: key.get({ challenge, rpId: "localhost" }), ticket });
  });
  expect(wins).toEqual(once);
});
