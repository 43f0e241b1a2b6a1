import { setTimeout as pause } from "node:timers/promises";
import type { z } from "zod";
import type { directoryTestStep } from "../../contract/directories.ts";
import { productNames } from "../../contract/directory-products.ts";
import type { DirectorySwitch } from "../../contract/directory-products.ts";
import type { BegunTest } from "../../directories/directory-tests.ts";
import { sentText } from "../scim/sent-text.ts";
import { moveTitles } from "./move.ts";
import type { Ask, Move, Stage } from "./move.ts";
import { mismatch } from "./mismatch.ts";
import { problem } from "./problem.ts";
import type { Problem } from "./problem.ts";
import type { Received, Wire } from "./wire.ts";

export type Step = z.infer<typeof directoryTestStep>;

/** Of an answer, what a person looks at. */
const mostCharacters = 2000;

/** Plays the moves of a client one after another. What cannot go on is skipped, never guessed. */
export class Player {
  readonly #wire: Wire;
  readonly #test: BegunTest;
  readonly #stage: Stage;
  readonly #steps: Step[] = [];
  #patienceMs: number;
  /** What makes every further move useless. */
  #isOver = false;

  /** @param patienceMs how long it waits in all when it is told to come back later */
  constructor(wire: Wire, test: BegunTest, stage: Stage, patienceMs: number) {
    this.#wire = wire;
    this.#test = test;
    this.#stage = stage;
    this.#patienceMs = patienceMs;
  }

  async play(moves: readonly Move[]): Promise<Step[]> {
    for (const move of moves) this.#steps.push(await this.#make(move));
    return this.#steps;
  }

  async #make(move: Move): Promise<Step> {
    const hasIds = (move.after ?? []).every((role) => this.#stage.ids[role] !== undefined);
    const before = this.#steps.findLast((step) => step.name === move.follows);
    if (this.#isOver || !hasIds || (before !== undefined && before.outcome !== "passed")) {
      return { ...blank(move), outcome: "skipped", problem: problem("before", {}) };
    }
    const ask = move.ask(this.#stage);
    const startedAt = performance.now();
    const asked = {
      ...blank(move),
      request: {
        method: ask.method,
        path: `/scim/v2${ask.path}`,
        body: ask.body === undefined ? null : sentText(ask.body),
      },
    };
    try {
      const received = await this.#send(ask);
      const body = readJson(received.text);
      this.#learn(move, body);
      const wrong = this.#judge(move, received, body);
      return {
        ...asked,
        status: received.status,
        answer: received.text === "" ? null : this.#shown(body, received.text),
        coercions: [...(received.happened?.coercions ?? [])],
        durationMs: Math.round(performance.now() - startedAt),
        outcome: wrong === undefined ? "passed" : "failed",
        problem: wrong ?? null,
      };
    } catch {
      this.#isOver = true;
      return { ...asked, outcome: "failed", problem: problem("silent", {}) };
    }
  }

  /** Waits as it is told while it has patience, as clients do. */
  async #send(ask: Ask): Promise<Received> {
    const sent = {
      method: ask.method,
      path: ask.path,
      headers: {
        accept: "application/scim+json",
        "user-agent": `Gatehouse connection test (${this.#test.product})`,
        ...(ask.body !== undefined && { "content-type": "application/scim+json; charset=utf-8" }),
        ...(ask.anonymous !== true && { authorization: `Bearer ${this.#test.token}` }),
        ...ask.headers,
      },
      ...(ask.body !== undefined && { body: JSON.stringify(ask.body) }),
    };
    for (;;) {
      const received = await this.#wire.send(sent);
      const waitMs = Number(received.headers["retry-after"] ?? 1) * 1000;
      if (received.status !== 429 || !(waitMs <= this.#patienceMs)) return received;
      this.#patienceMs -= waitMs;
      await pause(waitMs);
    }
  }

  #learn(move: Move, body: Readonly<Record<string, unknown>>): void {
    const { id } = body;
    if (move.makes !== undefined && typeof id === "string") this.#stage.ids[move.makes] ??= id;
    if (id !== undefined && id === this.#stage.ids.user) this.#stage.lastUser = body;
  }

  #judge(move: Move, received: Received, body: Readonly<Record<string, unknown>>): Problem | undefined {
    const wrong = this.#wrongIn(move, received, body);
    if (wrong === undefined) return undefined;
    const off = (move.needs ?? []).filter((name) => !this.#test.directory.switches[name]);
    return off.length === 0 ? wrong : this.#switchedOff(off);
  }

  #wrongIn(move: Move, received: Received, body: Readonly<Record<string, unknown>>): Problem | undefined {
    const { status, happened } = received;
    if (!move.statuses.includes(status)) {
      const detail = String(body["detail"] ?? happened?.detail ?? "–");
      const isPaused = status === 403 && happened !== undefined && happened.directory.paused_at !== null;
      this.#isOver = isPaused || status === 401 || status === 429;
      if (isPaused) return problem("paused", {});
      if (status === 429) return problem("tooMany", { limit: String(this.#test.directory.rateLimit ?? "–") });
      return problem("status", { status: String(status), wanted: move.statuses.join(", "), detail });
    }
    if (status === 204) return undefined;
    const type = received.headers["content-type"] ?? "";
    if (move.type !== undefined && !type.startsWith(`${move.type};`)) {
      return problem("type", { is: type, wanted: move.type });
    }
    const found = mismatch(body, move.shows?.(this.#stage) ?? {});
    return found === undefined ? undefined : problem("answer", found);
  }

  /** An answer for the report: without people and groups of others, who may be gone before the report is. */
  #shown(body: Readonly<Record<string, unknown>>, text: string): string {
    if (Object.keys(body).length === 0) return shorten(text);
    const { Resources: resources } = body;
    if (!Array.isArray(resources)) return shorten(JSON.stringify(body, undefined, 2));
    const isOurs = (one: unknown) => isDiscovery(one) || JSON.stringify(one).includes(this.#test.mark);
    const shown = resources.map((one: unknown) => (isOurs(one) ? one : "…"));
    return shorten(JSON.stringify({ ...body, Resources: shown }, undefined, 2));
  }

  #switchedOff(off: readonly DirectorySwitch[]): Problem {
    return problem("switchOff", { switches: off.join(", "), product: productNames[this.#test.product] });
  }
}

function blank(move: Move): Step {
  return {
    name: move.name,
    title: moveTitles[move.name],
    outcome: "passed",
    request: null,
    status: null,
    answer: null,
    coercions: [],
    durationMs: 0,
    problem: null,
  };
}

function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Schemas and resource types are about nobody (RFC 7643 §6, §7). */
function isDiscovery(resource: unknown): boolean {
  const meta: unknown = typeof resource === "object" && resource !== null && "meta" in resource ? resource.meta : {};
  const type: unknown = typeof meta === "object" && meta !== null && "resourceType" in meta ? meta.resourceType : "";
  return type === "Schema" || type === "ResourceType";
}

function shorten(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
}
