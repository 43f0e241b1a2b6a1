import type { FilterNode } from "../filter/filter-node.ts";
import { refuse } from "../messages/scim-error.ts";
import { isJsonObject, own, type Json } from "../schema/json.ts";
import type { ApplyPatchOptions } from "./apply-patch.ts";
import { describeTarget } from "./patch-path.ts";
import type { PatchOperation } from "./read-patch.ts";

/** What to do to the rows of members. Ids are as the client sent them, each once. */
export type MemberStep =
  | { readonly kind: "removeMembers"; readonly ids: readonly string[] }
  /** Whoever of the members the group has by then fits. Paths are those of `members`. */
  | { readonly kind: "removeMembersWhere"; readonly filter: FilterNode }
  | { readonly kind: "addMembers"; readonly ids: readonly string[] }
  | { readonly kind: "removeAllMembers" }
  /** Afterwards the group has these members and no others. Rows of those who stay should stay. */
  | { readonly kind: "replaceMembers"; readonly ids: readonly string[] };

export interface GroupPatchPlan {
  /** Everything but members: for `applyPatch` on the group without its members. */
  attributes: PatchOperation[];
  /** To carry out in this order. */
  members: MemberStep[];
}

/**
 * Sorts the operations on a group into what concerns its members and what does not, so that the members
 * need not be loaded: the cost follows the size of the change. Members and attributes do not depend on
 * each other, and of the operations on members only the outcome counts, so order is kept where it matters.
 *
 * @param operations as `readPatch` gave them
 * @throws invalidFilter  an add or replace of members selected by anything but `value eq "…"`, joined by `or`
 * @throws mutability     a sub-attribute of a member would change
 * @throws noTarget       a filtered add or replace while `createOnFilterMiss` is off: a member is made or left, never changed
 */
export function planGroupPatch(operations: readonly PatchOperation[], options: ApplyPatchOptions = {}): GroupPatchPlan {
  const createOnFilterMiss = options.createOnFilterMiss ?? true;
  const attributes: PatchOperation[] = [];
  const outcome = new MemberOutcome();
  for (const operation of operations) {
    const { target } = operation;
    if (target.extension === undefined && target.attribute.name === "members")
      planMembers(operation, outcome, createOnFilterMiss);
    else attributes.push(operation);
  }
  return { attributes, members: outcome.steps() };
}

function planMembers(operation: PatchOperation, outcome: MemberOutcome, createOnFilterMiss: boolean): void {
  const { target } = operation;
  if (target.sub !== undefined) throw refuse("mutability", `${describeTarget(target)} is immutable`);
  const selected = target.filter === undefined ? undefined : idsOfFilter(target.filter);
  if (operation.op === "remove") {
    if (selected !== undefined) outcome.remove(selected);
    else if (target.filter !== undefined) outcome.removeWhere(target.filter);
    else if (operation.listed !== undefined) outcome.remove(idsOf(operation.listed));
    else outcome.removeAll();
    return;
  }
  if (target.filter !== undefined) {
    if (selected === undefined) throw refuse("invalidFilter", 'members can be written to by value eq "…" only');
    // A member is nothing but its id: writing to the one selected leaves it, or makes it.
    const [id] = selected;
    const written = isJsonObject(operation.value) ? own(operation.value, "value") : undefined;
    if (!createOnFilterMiss) throw refuse("noTarget", "a filter on members cannot be written to");
    if (selected.length !== 1 || id === undefined) throw refuse("noTarget", "the filter selects more than one member");
    if (written !== undefined && written !== id) throw refuse("mutability", "members.value is immutable");
    outcome.add([id]);
    return;
  }
  const ids = idsOf(Array.isArray(operation.value) ? operation.value : [operation.value]);
  if (operation.op === "replace") outcome.removeAll();
  outcome.add(ids);
}

function idsOf(elements: readonly Json[]): string[] {
  return elements.map((element) => {
    const id = isJsonObject(element) ? own(element, "value") : undefined;
    if (typeof id !== "string" || id === "") throw refuse("invalidValue", "members.value is required");
    return id;
  });
}

/** The ids of `value eq "a" or value eq "b"`, which need not be looked for; undefined for other filters. */
function idsOfFilter(node: FilterNode): string[] | undefined {
  if (node.kind === "or") {
    const ids = node.nodes.map(idsOfFilter);
    return ids.every((one) => one !== undefined) ? ids.flat() : undefined;
  }
  if (node.kind === "compare" && node.op === "eq" && node.path.sub?.name === "value" && node.value.type === "string") {
    return [node.value.value];
  }
  return undefined;
}

/** What a sequence of steps amounts to: who is added, and who is removed, or that all others are. */
class MemberOutcome {
  /** What must be done before the rest, since it depends on who is a member by then. */
  #before: MemberStep[] = [];
  #all = false;
  #added = new Set<string>();
  #removed = new Set<string>();

  add(ids: readonly string[]): void {
    for (const id of ids) {
      this.#removed.delete(id);
      this.#added.add(id);
    }
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#added.delete(id);
      if (!this.#all) this.#removed.add(id);
    }
  }

  removeWhere(filter: FilterNode): void {
    this.#before.push(...this.#latest(), { kind: "removeMembersWhere", filter });
    this.#all = false;
    this.#added.clear();
    this.#removed.clear();
  }

  removeAll(): void {
    this.#before = [];
    this.#all = true;
    this.#added.clear();
    this.#removed.clear();
  }

  steps(): MemberStep[] {
    return [...this.#before, ...this.#latest()];
  }

  /** At most one removing and one adding step; no id is in both, so their order does not matter. */
  #latest(): MemberStep[] {
    const added = [...this.#added];
    if (this.#all)
      return added.length === 0 ? [{ kind: "removeAllMembers" }] : [{ kind: "replaceMembers", ids: added }];
    const steps: MemberStep[] = [];
    if (this.#removed.size > 0) steps.push({ kind: "removeMembers", ids: [...this.#removed] });
    if (added.length > 0) steps.push({ kind: "addMembers", ids: added });
    return steps;
  }
}
