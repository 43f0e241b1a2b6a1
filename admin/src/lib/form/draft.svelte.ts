import { tick } from "svelte";
import type { z } from "zod";
import { asProblem } from "#console/api/as-problem.ts";
import { Problem } from "#console/api/problem.ts";
import { sentenceOf } from "#console/words/sentence-of.ts";
import { shapeProblems } from "./shape-problems.ts";

/**
 * A form being filled in: what is typed, what is wrong with it by field, and whether it was changed since it was saved.
 * What was typed is never thrown away by a refusal.
 */
export class Draft<Values extends Record<string, unknown>> {
  values: Values;
  /** Sentences by field of the contract. */
  errors = $state<Partial<Record<string, string>>>({});
  /** A refusal that belongs to no field of the form. */
  problem = $state.raw<Problem>();
  isBusy = $state(false);
  /** Starts the ids of the fields: `user-username`. */
  readonly name: string;
  #saved: string;

  constructor(name: string, values: Values) {
    const state = $state(values);
    this.name = name;
    this.values = state;
    this.#saved = $state(JSON.stringify(values));
  }

  get isDirty(): boolean {
    return JSON.stringify(this.values) !== this.#saved;
  }

  /** Takes what is typed as saved, so that leaving the page loses nothing. */
  settle(): void {
    this.#saved = JSON.stringify(this.values);
  }

  /**
   * Sends the form: first the contract's shape, then the server. Errors land beside their fields and the first of the
   * page, its summary, takes the focus.
   *
   * @param labels names of the fields that the form shows; an error of any other field counts for the whole form
   * @returns the reply; undefined when something was wrong
   */
  async send<Body, Result>(
    schema: z.ZodType<unknown, Body>,
    body: Body,
    labels: readonly string[],
    run: (body: Body) => Promise<Result>,
  ): Promise<Result | undefined> {
    if (this.isBusy) return undefined;
    this.isBusy = true;
    try {
      const shape = shapeProblems(schema, body);
      if (shape.length > 0) throw new Problem({ code: "request.invalid", fields: shape });
      const result = await run(body);
      this.errors = {};
      this.problem = undefined;
      this.settle();
      return result;
    } catch (error) {
      await this.#refuse(asProblem(error), labels);
      return undefined;
    } finally {
      this.isBusy = false;
    }
  }

  async #refuse(problem: Problem, labels: readonly string[]) {
    const errors: Partial<Record<string, string>> = {};
    for (const wrong of problem.fields) {
      const field = wrong.field.toLowerCase();
      // What is wrong in a part of a field is wrong with the field: `redirectUris.2`.
      const label = labels.find((name) => field === name.toLowerCase() || field.startsWith(`${name.toLowerCase()}.`));
      if (label !== undefined) errors[label] ??= sentenceOf(wrong);
    }
    this.errors = errors;
    this.problem = Object.keys(errors).length === 0 ? problem : undefined;
    await tick();
    document.getElementById(`${this.name}-summary`)?.focus();
  }
}
