import { afterAll, beforeAll, expect, test } from "vitest";
import { SMTPServer } from "smtp-server";
import type { UserId } from "#server/kernel/ids.ts";
import { inviteUser } from "#server/onboarding/invite-user.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { createUser } from "#server/users/create-user.ts";
import { openTestHouse } from "./support/house.ts";
import type { TestHouse } from "./support/house.ts";

interface Received {
  to: string[];
  content: string;
}

let house: TestHouse;
let smtp: SMTPServer;
let worker: { close(): Promise<void> };
const received: Received[] = [];
/** Answers of the mail server to come: a number refuses with that code. */
const refusals: number[] = [];
const waiting: (() => void)[] = [];

beforeAll(async () => {
  smtp = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const responseCode = refusals.shift();
        if (responseCode !== undefined) return done(Object.assign(new Error("try later"), { responseCode }));
        received.push({
          to: session.envelope.rcptTo.map((recipient) => recipient.address),
          content: Buffer.concat(chunks).toString("utf8"),
        });
        done();
        for (const wake of waiting.splice(0)) wake();
      });
    },
  });
  const port = await new Promise<number>((resolve) => {
    const server = smtp.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  house = await openTestHouse({ smtpUrl: `smtp://127.0.0.1:${port}` });
  worker = await workJobs(house);
});
afterAll(async () => {
  await worker.close();
  await house.close();
  await new Promise<void>((resolve) => smtp.close(resolve));
});

async function makeUser(username: string, locale: string): Promise<UserId> {
  const resource = { emails: [{ value: `${username}@example.com`, type: "work", primary: true }] };
  return await house.work(
    async (work) => await createUser(work, { username, displayName: "O'Neill <b>", locale, resource }),
  );
}

/** The mail to somebody, as soon as the mail server has it. */
async function mailTo(address: string): Promise<Received> {
  for (;;) {
    const mail = received.find((one) => one.to.includes(address));
    if (mail !== undefined) return mail;
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
}

interface State {
  state: string;
  attempts: number;
  sealed: Buffer | null;
}

/** The row of the mail to somebody, once it says that it was sent. */
async function sentRow(userId: UserId): Promise<State | undefined> {
  const read = async () =>
    await house.db.row<State>("select state, attempts, sealed from mails where user_id = $1", [userId]);
  await expect.poll(async () => (await read())?.state, { timeout: 10_000 }).toBe("sent");
  return await read();
}

test("[O3] [O5] an invitation reaches the mailbox over SMTP, with a link, in the language of the account, and leaves no content behind", async () => {
  const id = await makeUser("mail-ja", "ja");
  await house.work(async (work) => await inviteUser(work, id));
  const mail = await mailTo("mail-ja@example.com");
  expect(mail.content).toContain("Auto-Submitted: auto-generated");
  expect(mail.content).toMatch(/Content-Type: text\/plain/);
  expect(mail.content).toMatch(/Content-Type: text\/html/);
  expect(mail.content).toMatch(/Subject: =\?UTF-8\?/);
  const row = await sentRow(id);
  expect(row?.sealed).toBeNull();
});

test("[O5] a mail that the server refuses for now is sent again later, and its state says why", async () => {
  refusals.push(451);
  const id = await makeUser("mail-later", "en");
  await house.work(async (work) => await inviteUser(work, id));
  await mailTo("mail-later@example.com");
  const row = await sentRow(id);
  expect(row?.attempts).toBe(2);
  expect(received.filter((mail) => mail.to.includes("mail-later@example.com"))).toHaveLength(1);
});

test("[O3] a transaction that fails sends no mail", async () => {
  const before = received.length;
  const id = await makeUser("mail-never", "en");
  const act = house.work(async (work) => {
    await inviteUser(work, id);
    throw new Error("changed my mind");
  });
  await expect(act).rejects.toThrow("changed my mind");
  const other = await makeUser("mail-after", "en");
  await house.work(async (work) => await inviteUser(work, other));
  await mailTo("mail-after@example.com");
  expect(received.slice(before).map((mail) => mail.to[0])).toEqual(["mail-after@example.com"]);
});
