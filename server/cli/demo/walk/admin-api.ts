import { setTimeout as pause } from "node:timers/promises";
import type { z } from "zod";
import { getMail, listMails } from "#server/contract/records.ts";
import { listUsers } from "#server/contract/users.ts";

type Mail = z.infer<typeof getMail.reply>;

const pageSize = 200;
const lookEveryMs = 1_000;
const patienceMs = 180_000;

/** The few things that the demo asks of the admin API, with a token as any program would. */
export class AdminApi {
  readonly #issuer: string;
  readonly #token: string;

  constructor(issuer: string, token: string) {
    this.#issuer = issuer;
    this.#token = token;
  }

  /** The user with exactly this username. */
  async findUser(username: string) {
    const { items } = listUsers.reply.parse(await this.#get(`/users?q=${encodeURIComponent(username)}&limit=200`));
    return items.find((user) => user.username.toLowerCase() === username.toLowerCase());
  }

  /** Waits for the activation mail of a user and reads it. @throws Error it does not come */
  async waitForActivationMail(userId: string): Promise<Mail> {
    for (const until = Date.now() + patienceMs; Date.now() < until; await pause(lookEveryMs)) {
      const id = await this.#findMail(userId);
      if (id !== undefined) return getMail.reply.parse(await this.#get(`/mails/${id}`));
    }
    throw new Error(`No activation mail came within ${patienceMs / 1000} seconds; does a worker run?`);
  }

  async #findMail(userId: string): Promise<string | undefined> {
    for (let cursor: string | null = ""; cursor !== null;) {
      const after: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = listMails.reply.parse(await this.#get(`/mails?limit=${pageSize}${after}`));
      const mail = page.items.find((one) => one.user?.id === userId && one.template === "activation");
      if (mail !== undefined) return mail.id;
      cursor = page.nextCursor;
    }
    return undefined;
  }

  async #get(path: string): Promise<unknown> {
    const headers = { Authorization: `Bearer ${this.#token}`, Accept: "application/json" };
    const reply = await fetch(`${this.#issuer}/api/v1${path}`, { headers });
    if (!reply.ok) throw new Error(`GET /api/v1${path}: ${reply.status} ${await reply.text()}`);
    return await reply.json();
  }
}
