// Past 300 lines: what each column does is one table, read together.
import type { AttributeSet, OwnAttribute } from "../attributes/attribute-set.ts";
import { checkCustom, readValues, withValues } from "../attributes/custom-values.ts";
import type { Custom } from "../attributes/custom-values.ts";
import { typedText, typedValue } from "../attributes/typed-values.ts";
import { readDateTime } from "#scim/schema/date-time.ts";
import { sameJson } from "#scim/schema/json.ts";
import type { Json } from "#scim/schema/json.ts";
import { attributeColumnKey, attributeOfColumn, groupCell, lineBreak, valueCell } from "../contract/account-columns.ts";
import { Failure, failure } from "../contract/failure.ts";
import type { FailureCode } from "../contract/failure.ts";
import type { BlankCells, RowAction } from "../contract/imports.ts";
import { isPermission } from "../contract/permissions.ts";
import type { FactorRule, ProtectionSwitch } from "../contract/users.ts";
import type { NamedGroup, PersonExtras } from "../db/sql/import-people.ts";
import type { KeptProblem, ShownChanges } from "../db/sql/imports.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Actor } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import type { GroupId, UserId } from "../kernel/ids.ts";
import { checkPassword } from "../passwords/check-password.ts";
import { acceptHash } from "../passwords/set-password.ts";
import { adminRole } from "../permissions/read-role.ts";
import type { Role } from "../permissions/read-role.ts";
import { groupRules } from "../groups/policy.ts";
import type { Settings } from "../settings/definitions.ts";
import {
  checkDisplayName,
  checkEmail,
  checkForeignId,
  checkLocale,
  checkPhone,
  checkTimeZone,
  checkUsername,
} from "../users/check-fields.ts";
import type { NewUser } from "../users/create-user.ts";
import { contactsOf } from "../users/emails.ts";
import type { MultiValue } from "../users/emails.ts";
import { userRules } from "../users/policy.ts";
import type { UserChange } from "../users/update-user.ts";
import { targetOf } from "../users/update-user.ts";
import { choiceWords, isClearing, meantText, readChoice, readLines, readTruth } from "./cell-words.ts";
import type { RowsAbove } from "./rows-above.ts";

/** What the rows of a batch are planned by. */
export interface PlanContext {
  actor: Actor;
  settings: Settings;
  attributes: AttributeSet;
  /** By name in small letters. */
  roles: ReadonlyMap<string, Role>;
  /** What each column of the file is. */
  columns: readonly (string | null)[];
  blankCells: BlankCells;
  /** Whether texts are told from formulas by the file itself, as workbooks do. */
  hasTypes: boolean;
  people: ReadonlyMap<string, UserRow>;
  idByUsername: ReadonlyMap<string, UserId>;
  idsByEmail: ReadonlyMap<string, readonly UserId[]>;
  extras: ReadonlyMap<string, PersonExtras>;
  /** By name in small letters, of all directories. */
  groups: ReadonlyMap<string, readonly NamedGroup[]>;
  /** Who has a value that is unique: `7 a-113`. */
  holders: ReadonlyMap<string, UserId>;
  above: RowsAbove;
  /** Seats that are left; changes as rows are planned. */
  seats: { left: number };
  /** Administrators who can act; changes as rows are planned. */
  administrators: Set<string>;
  /** Whether the rows are about to be carried out, so that everything they refer to must be there. */
  isFinal: boolean;
}

/** What a row does when it is carried out. */
export type RowWork =
  | { kind: "add"; user: NewUser; groups: GroupId[]; password?: string; passwordHash?: string }
  | {
      kind: "update";
      user: UserRow;
      change: UserChange;
      block?: "block" | "unblock";
      addTo: GroupId[];
      removeFrom: GroupId[];
    }
  | { kind: "delete"; user: UserRow };

export interface RowPlan {
  action: RowAction;
  /** The username, or else what the row has to find the account by. */
  name: string;
  userId: UserId | null;
  /** Keys of columns, from what to what. */
  changes: ShownChanges;
  problems: KeptProblem[];
  /** Undefined where nothing is to be done. */
  work?: RowWork;
}

/** A row of a file before it is understood. */
export interface GivenRow {
  number: number;
  cells: readonly string[];
  faults?: ReadonlyMap<number, "formula" | "error"> | undefined;
}

/** What is kept of the users of a directory by that directory. */
const keptByDirectory = new Set([
  "username",
  "displayName",
  "givenName",
  "familyName",
  "email",
  "otherEmails",
  "phone",
  "otherPhones",
  "title",
  "department",
  "employeeNumber",
  "manager",
  "locale",
  "timeZone",
]);

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const mostDevices = 1000;
const mostValues = 50;

/** Works out what a row of a file would do, and everything that is wrong with it. Changes nothing. */
export function planRow(context: PlanContext, row: GivenRow): RowPlan {
  return new Planner(context, row).plan();
}

class Planner {
  readonly #context: PlanContext;
  readonly #number: number;
  /** What the row says, by column; null takes the value away. What is not there stays. */
  readonly #said = new Map<string, string | null>();
  readonly #problems: KeptProblem[] = [];
  readonly #changes: ShownChanges = {};
  #person: UserRow | undefined;
  #extras: PersonExtras | undefined;
  #change: UserChange = {};
  #resource: Record<string, unknown> = {};
  #custom: Custom = {};
  #groups: { add: NamedGroup[]; remove: { id: GroupId }[] } = { add: [], remove: [] };
  #status: { isActive?: boolean; block?: "block" | "unblock" } = {};

  constructor(context: PlanContext, { number, cells, faults }: GivenRow) {
    this.#context = context;
    this.#number = number;
    for (const [at, column] of context.columns.entries()) {
      if (column === null) continue;
      const cell = cells[at] ?? "";
      const text = meantText(cell);
      const isFormula = !context.hasTypes && cell.trimStart().startsWith("=");
      const fault = faults?.get(at) ?? (isFormula ? "formula" : undefined);
      if (fault !== undefined) this.#refuse(column, fault === "formula" ? "import.cellFormula" : "import.cellError");
      else if (text.includes("\0") || !text.isWellFormed()) this.#refuse(column, "import.cellUnreadable");
      else if (isClearing(text)) this.#said.set(column, null);
      else if (text !== "") this.#said.set(column, text);
      else if (context.blankCells === "clear" && isClearable(column)) this.#said.set(column, null);
    }
  }

  plan(): RowPlan {
    const said = this.#said.get("action") ?? undefined;
    const asked = said === undefined ? undefined : readChoice("action", said);
    const name = this.#text("username") ?? this.#text("email") ?? this.#text("id") ?? "";
    if (said !== undefined && asked === undefined) {
      this.#refuse("action", "import.actionUnknown");
      return { action: "none", name, userId: null, changes: {}, problems: this.#problems };
    }
    const action = this.#find(asked as RowAction | undefined);
    const person = this.#person;
    if (person !== undefined) {
      this.#extras = this.#context.extras.get(person.id);
      this.#resource = { ...person.resource };
      this.#custom = person.custom;
    }
    const planned: RowPlan = {
      action,
      name: this.#text("username") ?? person?.username ?? name,
      userId: person?.id ?? null,
      changes: this.#changes,
      problems: this.#problems,
    };
    if (this.#problems.length > 0) return planned;
    const work = action === "delete" ? this.#delete() : this.#put(action);
    if (this.#problems.length > 0) return planned;
    return work === undefined ? planned : { ...planned, work };
  }

  // ---- Whom a row means ----

  #find(asked: RowAction | undefined): RowAction {
    if (asked === "delete") {
      this.#findForDelete();
      return "delete";
    }
    const { people, idsByEmail } = this.#context;
    const [id, username, email] = [this.#text("id"), this.#text("username"), this.#text("email")];
    if (asked === "add") {
      if (username === undefined && !this.#isFaulty("username")) this.#refuse("username", "import.cannotClear");
      else this.#person = this.#byUsername(username);
      return "add";
    }
    if (id !== undefined) {
      this.#person = people.get(id.toLowerCase());
      if (this.#person === undefined) this.#refuse("id", "import.userUnknown");
      return "update";
    }
    if (username !== undefined) {
      this.#person = this.#byUsername(username);
      if (this.#person !== undefined) return "update";
      if (asked === "update") this.#refuse("username", "import.userUnknown");
      return asked ?? "add";
    }
    if (email !== undefined) {
      const found = idsByEmail.get(email.toLowerCase()) ?? [];
      this.#person = found.length === 1 ? people.get(found[0] ?? "") : undefined;
      if (found.length > 1) this.#refuse("email", "import.emailShared");
      else if (found.length === 0) this.#refuse("email", "import.userUnknown");
      return "update";
    }
    if (this.#problems.length === 0) this.#refuse(this.#firstKey(), "import.userUnknown");
    return asked ?? "none";
  }

  /** Username and email must both be there, and be those of one account; where neither is, it is deleted already. */
  #findForDelete(): void {
    const [id, username, email] = [this.#text("id"), this.#text("username"), this.#text("email")];
    if (username === undefined || email === undefined) {
      this.#refuse(username === undefined ? "username" : "email", "import.deleteNeedsBoth");
      return;
    }
    const person = this.#byUsername(username);
    const isElsewhere = (this.#context.idsByEmail.get(email.toLowerCase())?.length ?? 0) > 0;
    if (person === undefined && !isElsewhere && (id === undefined || !this.#context.people.has(id.toLowerCase())))
      return;
    const agrees =
      person !== undefined &&
      person.email?.toLowerCase() === email.toLowerCase() &&
      (id === undefined || person.id === id.toLowerCase());
    if (agrees) this.#person = person;
    else this.#refuse("username", "import.deleteDisagrees");
  }

  #byUsername(username: string | undefined): UserRow | undefined {
    const key = username?.toLowerCase() ?? "";
    if (this.#context.above.find("freed", key) !== undefined) return undefined;
    return this.#context.people.get(this.#context.idByUsername.get(key) ?? "");
  }

  #firstKey(): string | null {
    return ["id", "username", "email"].find((key) => this.#context.columns.includes(key)) ?? null;
  }

  // ---- What it does ----

  #delete(): RowWork | undefined {
    const { actor, above, administrators, seats } = this.#context;
    const person = this.#person;
    if (person === undefined) return undefined;
    if (!userRules["user.delete"]({ actor, target: targetOf(person) })) {
      this.#refuse(null, "access.denied");
      return undefined;
    }
    this.#refuseTwice(person);
    if (person.directory_id !== null) this.#refuseOwned(null);
    this.#spareOwn(person, null);
    this.#spareLastAdministrator(person, null);
    if (this.#problems.length > 0) return undefined;
    administrators.delete(person.id);
    above.take("account", person.id, this.#number);
    above.take("freed", (person.username ?? "").toLowerCase(), this.#number);
    seats.left += 1;
    return { kind: "delete", user: person };
  }

  #put(action: RowAction): RowWork | undefined {
    const { actor } = this.#context;
    const person = this.#person;
    if (person === undefined && !userRules["user.create"]({ actor, target: stranger })) {
      this.#refuse(null, "access.denied");
      return undefined;
    }
    for (const [column, text] of this.#said) this.#say(column, text);
    if (this.#problems.length > 0) return undefined;
    this.#checkAttributes();
    if (person === undefined) return this.#add();
    const isChanged = Object.keys(this.#changes).length > 0;
    if (action === "add" && isChanged) this.#refuse("username", "import.userExists");
    if (this.#problems.length > 0 || !isChanged) return undefined;
    return this.#update(person);
  }

  #update(person: UserRow): RowWork | undefined {
    const { actor, above, administrators } = this.#context;
    if (!userRules["user.update"]({ actor, target: targetOf(person) })) {
      this.#refuse(null, "access.denied");
      return undefined;
    }
    this.#refuseTwice(person);
    if (person.directory_id !== null) {
      for (const column of Object.keys(this.#changes)) if (this.#isKeptByDirectory(column)) this.#refuseOwned(column);
    }
    const losesSeat = "status" in this.#changes && (this.#status.isActive === false || this.#status.block === "block");
    const losesRole = this.#change.roleId !== undefined;
    if (losesSeat || losesRole) {
      const column = losesRole ? "role" : "status";
      this.#spareOwn(person, column);
      if (losesSeat || this.#change.roleId !== adminRole) this.#spareLastAdministrator(person, column);
    }
    const username = this.#change.username;
    if (username !== undefined) this.#takeUsername(username);
    this.#takeValues();
    if (this.#problems.length > 0) return undefined;
    above.take("account", person.id, this.#number);
    if (losesSeat || (losesRole && this.#change.roleId !== adminRole)) administrators.delete(person.id);
    else if (this.#change.roleId === adminRole && person.status === "active") administrators.add(person.id);
    if (username !== undefined) above.take("freed", (person.username ?? "").toLowerCase(), this.#number);
    const { isActive, block } = this.#status;
    return {
      kind: "update",
      user: person,
      change: {
        ...this.#change,
        ...(this.#hasResource ? { resource: this.#resource } : {}),
        ...(this.#custom === person.custom ? {} : { custom: this.#custom }),
        ...(isActive === undefined ? {} : { isActive }),
      },
      ...(block === undefined ? {} : { block }),
      addTo: this.#groups.add.map(({ id }) => id),
      removeFrom: this.#groups.remove.map(({ id }) => id),
    };
  }

  #add(): RowWork | undefined {
    const { settings, seats } = this.#context;
    const username = this.#change.username;
    if (username === undefined) {
      this.#refuse("username", "import.cannotClear");
      return undefined;
    }
    const displayName = this.#change.displayName ?? this.#nameFromParts();
    if (displayName === undefined) this.#refuse("displayName", "user.displayNameMissing");
    else if (this.#change.displayName === undefined) {
      this.#attempt("displayName", () => checkDisplayName(displayName, settings));
      this.#changes["displayName"] = { from: "", to: displayName };
    }
    const [password, passwordHash] = [this.#text("temporaryPassword"), this.#text("passwordHash")];
    if (password !== undefined) {
      const { givenName, familyName } = this.#change;
      const email = this.#text("email") ?? null;
      const personal = { username, displayName: displayName ?? "", email };
      const names = { givenName: givenName ?? null, familyName: familyName ?? null };
      this.#attempt("temporaryPassword", () => checkPassword(password, { ...personal, ...names }, settings));
    } else if (passwordHash !== undefined) this.#attempt("passwordHash", () => acceptHash(passwordHash));
    else if (contactsOf(this.#resource, "emails").chosen === undefined) {
      this.#refuse("email", "user.passwordOrEmailNeeded");
    }
    this.#takeUsername(username);
    this.#takeValues();
    if (this.#problems.length === 0 && seats.left <= 0) {
      this.#refuse(null, "user.seatLimit", { limit: settings["users.seatLimit"] });
    }
    if (this.#problems.length > 0 || displayName === undefined) return undefined;
    seats.left -= 1;
    const { isActive, block } = this.#status;
    const { deviceLimit, factorRule, protection, ...change } = this.#change;
    return {
      kind: "add",
      user: {
        ...withoutUndefined(change),
        deviceLimit: deviceLimit ?? null,
        factorRule: factorRule ?? null,
        protection: protection ?? null,
        username,
        displayName,
        resource: this.#resource,
        custom: this.#custom,
        isActive: isActive !== false,
        isBlocked: block === "block",
      },
      groups: this.#groups.add.map(({ id }) => id),
      ...(password === undefined ? {} : { password }),
      ...(password !== undefined || passwordHash === undefined ? {} : { passwordHash }),
    };
  }

  #nameFromParts(): string | undefined {
    const parts = [this.#change.givenName, this.#change.familyName].filter((part) => part != null);
    return parts.length === 0 ? undefined : parts.join(" ");
  }

  // ---- What the columns say ----

  #hasResource = false;

  #say(column: string, text: string | null): void {
    const attribute = attributeOfColumn(column);
    if (attribute !== undefined) {
      this.#sayAttribute(column, this.#context.attributes.byName.get(attribute.toLowerCase()), text);
      return;
    }
    const { settings } = this.#context;
    const person = this.#person;
    switch (column) {
      case "username":
        if (this.#differs(column, person?.username ?? null, text, { isNeeded: true }) && text !== null) {
          this.#attempt(column, () => checkUsername(text, settings));
          this.#change.username = text;
        }
        return;
      case "displayName":
        if (this.#differs(column, person?.display_name ?? null, text, { isNeeded: true }) && text !== null) {
          this.#attempt(column, () => checkDisplayName(text, settings));
          this.#change.displayName = text;
        }
        return;
      case "givenName":
        if (this.#differs(column, person?.given_name ?? null, text)) this.#change.givenName = this.#short(column, text);
        return;
      case "familyName":
        if (this.#differs(column, person?.family_name ?? null, text))
          this.#change.familyName = this.#short(column, text);
        return;
      case "locale":
        if (this.#differs(column, person?.locale ?? null, text)) {
          if (text !== null) this.#attempt(column, () => checkLocale(text));
          this.#change.locale = text;
        }
        return;
      case "timeZone":
        if (this.#differs(column, person?.time_zone ?? null, text)) {
          if (text !== null) this.#attempt(column, () => checkTimeZone(text));
          this.#change.timeZone = text;
        }
        return;
      case "email":
      case "phone":
        this.#sayContact(column, text);
        return;
      case "otherEmails":
      case "otherPhones":
        this.#sayContacts(column, text);
        return;
      case "title":
        if (this.#differs(column, textOf(this.#resource["title"]), text))
          this.#setResource("title", this.#short(column, text));
        return;
      case "department":
      case "employeeNumber":
        if (this.#differs(column, textOf(objectOf(this.#resource[enterprise])[column]), text)) {
          this.#setEnterprise(column, this.#short(column, text));
        }
        return;
      case "manager":
        this.#sayManager(text);
        return;
      case "status":
        this.#sayStatus(text);
        return;
      case "role":
        this.#sayRole(text);
        return;
      case "marketingConsent":
        this.#sayTruth(
          column,
          person?.marketing_consent ?? false,
          text,
          (value) => (this.#change.marketingConsent = value),
        );
        return;
      case "allowsSso":
        this.#sayTruth(column, person?.allows_sso ?? true, text, (value) => (this.#change.allowsSso = value));
        return;
      case "deviceLimit":
        this.#sayDeviceLimit(text);
        return;
      case "factorRule":
        this.#sayChoice(
          column,
          person?.factor_rule ?? null,
          text,
          (v) => (this.#change.factorRule = v as FactorRule | null),
        );
        return;
      case "protection":
        this.#sayChoice(column, person?.protection ?? null, text, (v) => {
          this.#change.protection = v as ProtectionSwitch | null;
        });
        return;
      case "groups":
        this.#sayGroups(text);
        return;
      default:
        // What finds the account, what the row does, and secrets are read elsewhere.
        return;
    }
  }

  #sayContact(column: "email" | "phone", text: string | null): void {
    const attribute = column === "email" ? "emails" : "phoneNumbers";
    const { chosen, others } = contactsOf(this.#resource, attribute);
    if (!this.#differs(column, chosen?.value ?? null, text)) return;
    if (text !== null) this.#attempt(column, () => (column === "email" ? checkEmail(text) : checkPhone(text)));
    const items = text === null ? others : [{ ...(chosen ?? { type: "work" }), value: text, primary: true }, ...others];
    this.#setResource(attribute, items.length === 0 ? null : items);
  }

  #sayContacts(column: "otherEmails" | "otherPhones", text: string | null): void {
    const attribute = column === "otherEmails" ? "emails" : "phoneNumbers";
    const { chosen, others } = contactsOf(this.#resource, attribute);
    const wanted = text === null ? [] : readLines(text).map(readContact);
    const [from, to] = [others, wanted].map((items) => items.map(valueCell).join(lineBreak));
    if (!this.#differs(column, from === "" ? null : (from ?? null), to === "" ? null : (to ?? null))) return;
    if (wanted.length > mostValues) this.#refuse(column, "request.valueTooLong");
    for (const { value } of wanted) {
      this.#attempt(column, () => (column === "otherEmails" ? checkEmail(value) : checkPhone(value)));
    }
    const known = new Map(others.map((item) => [valueCell(item), item]));
    const items = [
      ...(chosen === undefined ? [] : [chosen]),
      ...wanted.map((item) => known.get(valueCell(item)) ?? item),
    ];
    this.#setResource(attribute, items.length === 0 ? null : items);
  }

  #sayManager(text: string | null): void {
    const { idByUsername, above, isFinal } = this.#context;
    const from = this.#extras?.manager ?? null;
    // Usernames are the same in any case.
    if (text !== null && from?.toLowerCase() === text.toLowerCase()) return;
    if (!this.#differs("manager", from, text)) return;
    const id = text === null ? undefined : idByUsername.get(text.toLowerCase());
    // One that a row above adds has its id when that row is carried out.
    const isAdded = text !== null && !isFinal && above.find("name", text.toLowerCase()) !== undefined;
    if (text !== null && id === undefined && !isAdded) this.#refuse("manager", "import.managerUnknown");
    this.#setEnterprise("manager", text === null ? null : { value: id ?? "" });
  }

  #sayStatus(text: string | null): void {
    const person = this.#person;
    const wanted = text === null ? undefined : readChoice("status", text);
    if (wanted === undefined) {
      this.#refuseWord("status", text);
      return;
    }
    const isDisabled = person !== undefined && person.disabled_at !== null;
    const isBlocked = person !== undefined && person.blocked_at !== null;
    if (person === undefined) {
      this.#changes["status"] = { from: "", to: wanted === "active" ? "pending" : wanted };
    } else {
      if (person.status === wanted) return;
      if (wanted === "pending" && person.onboarded_at !== null) {
        this.#refuse("status", "import.statusImpossible");
        return;
      }
      const usable = person.onboarded_at === null ? "pending" : "active";
      const to = wanted === "active" ? usable : wanted;
      if (to === person.status) return;
      this.#changes["status"] = { from: person.status, to };
    }
    if (wanted === "disabled") this.#status.isActive = false;
    else if (isDisabled) this.#status.isActive = true;
    if (wanted === "blocked") {
      if (!isBlocked) this.#status.block = "block";
    } else if (wanted !== "disabled" && isBlocked) this.#status.block = "unblock";
  }

  #sayRole(text: string | null): void {
    const { roles, actor } = this.#context;
    const role = text === null ? undefined : roles.get(text.toLowerCase());
    if (role === undefined) {
      this.#refuse("role", "role.missing");
      return;
    }
    const from = this.#person?.role_name ?? "";
    if (this.#person?.role_id === role.id) return;
    this.#changes["role"] = { from, to: role.name };
    this.#change.roleId = role.id;
    if (!role.permissions.filter(isPermission).every((permission) => actor.can(permission))) {
      this.#refuse("role", "access.escalation");
    }
  }

  #sayDeviceLimit(text: string | null): void {
    const limit = text === null ? null : /^\d{1,4}$/.test(text) ? Number(text) : undefined;
    if (limit === undefined || (limit !== null && limit > mostDevices)) {
      this.#refuse("deviceLimit", "import.numberNeeded", { most: mostDevices });
      return;
    }
    const from = this.#person?.device_limit ?? null;
    if (this.#differs("deviceLimit", from === null ? null : String(from), limit === null ? null : String(limit))) {
      this.#change.deviceLimit = limit;
    }
  }

  #sayTruth(column: string, from: boolean, text: string | null, set: (value: boolean) => void): void {
    const to = text === null ? undefined : readTruth(text);
    if (to === undefined) {
      this.#refuse(column, "import.wordUnknown", { words: "yes, no" });
      return;
    }
    const before = this.#person === undefined ? "" : String(from);
    if (before === String(to)) return;
    this.#changes[column] = { from: before, to: String(to) };
    set(to);
  }

  #sayChoice(column: string, from: string | null, text: string | null, set: (value: string | null) => void): void {
    const to = text === null ? null : readChoice(column, text);
    if (to === undefined) this.#refuseWord(column, text);
    else if (this.#differs(column, from, to)) set(to);
  }

  #sayGroups(text: string | null): void {
    const has = this.#extras?.groups ?? [];
    const wanted: NamedGroup[] = [];
    for (const label of text === null ? [] : this.#groupLabels(text)) {
      const found = this.#groupsNamed(label);
      const [group] = found;
      if (group === undefined) this.#refuse("groups", "import.groupUnknown", { group: shown(label) });
      else if (found.length > 1) this.#refuse("groups", "import.groupAmbiguous", { group: shown(label) });
      else if (!wanted.some(({ id }) => id === group.id)) wanted.push(group);
    }
    const add = wanted.filter(({ id }) => !has.some((one) => one.id === id));
    const remove = has.filter(({ id }) => !wanted.some((one) => one.id === id));
    if (add.length === 0 && remove.length === 0) return;
    const { actor } = this.#context;
    if (!groupRules["group.update"]({ actor, target: { directoryId: null } }))
      this.#refuse("groups", "import.groupsNeeded");
    const owner = [...add, ...remove].find(({ directory }) => directory !== null)?.directory;
    if (owner != null) this.#refuse("groups", "import.ownedByDirectory", { directory: owner });
    const cells = (groups: { name: string; directory: string | null }[]) =>
      groups.map(({ name, directory }) => groupCell(name, directory)).join(lineBreak);
    this.#changes["groups"] = { from: cells(has), to: cells(wanted) };
    this.#groups = { add, remove };
  }

  /** A group a line; a line that names none may be several, with semicolons between. */
  #groupLabels(text: string): string[] {
    return readLines(text).flatMap((line) =>
      this.#groupsNamed(line).length > 0
        ? [line]
        : line
            .split(/[;；]/)
            .map((part) => part.trim())
            .filter((part) => part !== ""),
    );
  }

  #groupsNamed(label: string): NamedGroup[] {
    const { groups } = this.#context;
    const local = (groups.get(label.toLowerCase()) ?? []).filter(({ directory }) => directory === null);
    const [, name = "", directory = ""] = /^([^]*) \(([^()]*(?:\([^()]*\)[^()]*)*)\)$/.exec(label) ?? [];
    const owned = (groups.get(name.toLowerCase()) ?? []).filter(
      (group) => group.directory !== null && group.directory.toLowerCase() === directory.toLowerCase(),
    );
    return [...local, ...owned];
  }

  #sayAttribute(column: string, attribute: OwnAttribute | undefined, text: string | null): void {
    if (attribute === undefined) {
      this.#refuse(column, "attribute.unknown");
      return;
    }
    const { attributes } = this.#context;
    const { row, key } = attribute;
    this.#attempt(column, () => {
      const typed = text === null ? null : typedValue(attribute, plainText(attribute, text));
      const value = readValues(attributes, { [row.name]: typed })[row.name] ?? null;
      const before = (this.#custom[key] as Json | undefined) ?? null;
      if (sameJson(value, before) || (row.type === "dateTime" && sameMoments(value, before))) return;
      this.#custom = withValues(attributes, this.#custom, { [row.name]: value });
      this.#changes[column] = { from: typedText(before), to: typedText(value) };
    });
  }

  #checkAttributes(): void {
    const { attributes } = this.#context;
    const before = this.#person?.custom ?? {};
    if (this.#person !== undefined && this.#custom === before) return;
    this.#attempt(null, () =>
      checkCustom(attributes, before, this.#custom, { requiresAll: this.#person === undefined }),
    );
  }

  // ---- What others have ----

  #refuseTwice(person: UserRow): void {
    const row = this.#context.above.find("account", person.id);
    if (row !== undefined) this.#refuse(null, "import.rowTwice", { row });
  }

  #takeUsername(username: string): void {
    const { above, idByUsername } = this.#context;
    const key = username.toLowerCase();
    const row = above.find("name", key);
    if (row !== undefined && row !== this.#number) {
      this.#refuse("username", "import.nameTwice", { row });
      return;
    }
    const holder = idByUsername.get(key);
    const isTaken = holder !== undefined && holder !== this.#person?.id && above.find("freed", key) === undefined;
    if (isTaken) this.#refuse("username", "user.nameTaken");
    else if (this.#problems.length === 0) above.take("name", key, this.#number);
  }

  /** Values that only one account may have. The database has the last word; this is for the preview. */
  #takeValues(): void {
    const { above, attributes, holders } = this.#context;
    for (const attribute of attributes.list) {
      const column = attributeColumnKey(attribute.row.name);
      if (!attribute.row.is_unique || this.#changes[column] === undefined) continue;
      for (const key of uniqueKeys(attribute, this.#custom[attribute.key])) {
        const row = above.find(`value:${attribute.key}`, key);
        const holder = holders.get(`${attribute.key} ${key}`);
        if (row !== undefined && row !== this.#number) this.#refuse(column, "import.valueTwice", { row });
        else if (holder !== undefined && holder !== this.#person?.id) this.#refuse(column, "attribute.valueTaken");
        else if (this.#problems.length === 0) above.take(`value:${attribute.key}`, key, this.#number);
      }
    }
  }

  #spareOwn(person: UserRow, column: string | null): void {
    const { actor } = this.#context;
    if (actor.kind === "user" && actor.id === person.id) this.#refuse(column, "import.ownAccount");
  }

  #spareLastAdministrator(person: UserRow, column: string | null): void {
    const { administrators } = this.#context;
    if (administrators.has(person.id) && administrators.size === 1) this.#refuse(column, "user.lastAdministrator");
  }

  #isKeptByDirectory(column: string): boolean {
    if (keptByDirectory.has(column)) return true;
    if (column === "status") return this.#status.isActive !== undefined;
    const attribute = attributeOfColumn(column);
    return (
      attribute !== undefined && this.#context.attributes.byName.get(attribute.toLowerCase())?.row.scim === "readWrite"
    );
  }

  #refuseOwned(column: string | null): void {
    this.#refuse(column, "import.ownedByDirectory", { directory: this.#extras?.directory_name ?? "" });
  }

  // ---- Small steps ----

  #text(column: string): string | undefined {
    return this.#said.get(column) ?? undefined;
  }

  #isFaulty(column: string): boolean {
    return this.#problems.some((problem) => problem.column === column);
  }

  /** Notes a change of a text; null is none. @returns whether there is one */
  #differs(column: string, from: string | null, to: string | null, { isNeeded = false } = {}): boolean {
    if (isNeeded && to === null) {
      this.#refuse(column, "import.cannotClear");
      return false;
    }
    const before = from?.replaceAll("\r\n", "\n").trim() ?? "";
    if (before === (to ?? "")) return false;
    this.#changes[column] = { from: before, to: to ?? "" };
    return true;
  }

  #short(column: string, text: string | null): string | null {
    if (text !== null) this.#attempt(column, () => checkForeignId(text, column));
    return text;
  }

  #setResource(attribute: string, value: unknown): void {
    this.#hasResource = true;
    const { [attribute]: _, ...others } = this.#resource;
    this.#resource = value === null ? others : { ...others, [attribute]: value };
  }

  #setEnterprise(attribute: string, value: unknown): void {
    const { [attribute]: _, ...others } = objectOf(this.#resource[enterprise]);
    const next = value === null ? others : { ...others, [attribute]: value };
    this.#setResource(enterprise, Object.keys(next).length === 0 ? null : next);
  }

  #attempt(column: string | null, act: () => unknown): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#problems.push(problemOf(error, column));
    }
  }

  #refuseWord(column: string, text: string | null): void {
    if (text === null) this.#refuse(column, "import.cannotClear");
    else this.#refuse(column, "import.wordUnknown", { words: choiceWords(column) });
  }

  #refuse(column: string | null, code: FailureCode, data?: Record<string, string | number>): void {
    this.#problems.push({ column, code, ...(data === undefined ? {} : { data }) });
  }
}

const stranger = { id: "" as UserId, directoryId: null, permissions: [] };

/** A refusal as it is kept with a row. */
export function problemOf(error: Failure, column: string | null): KeptProblem {
  const own = error.field?.startsWith("attributes.") === true ? error.field : null;
  const isPlain = error.message === failure(error.code).message;
  return {
    column: column ?? own,
    code: error.code,
    ...(Object.keys(error.data).length === 0 ? {} : { data: error.data }),
    ...(isPlain ? {} : { says: error.message }),
  };
}

/** What an empty cell may take away when the file is read so. */
function isClearable(column: string): boolean {
  const never = [
    "action",
    "id",
    "username",
    "displayName",
    "status",
    "role",
    "marketingConsent",
    "allowsSso",
    "temporaryPassword",
    "passwordHash",
  ];
  return !never.includes(column);
}

/** `work: ada@example.com`, or the value alone. */
function readContact(line: string): MultiValue {
  const [, type, value] = /^([\p{L}][\p{L}\p{N}_-]{0,30}):\s+(.+)$/u.exec(line) ?? [];
  return type === undefined || value === undefined ? { value: line } : { value, type };
}

/** A text of an attribute as `typedValue` reads it. */
function plainText({ row }: OwnAttribute, text: string): string {
  if (row.type === "boolean") {
    const truth = readTruth(text);
    return truth === undefined ? text : String(truth);
  }
  // Seconds since 1970 as exports write them on demand; a day alone as workbooks have it.
  if (row.type !== "dateTime") return text;
  return text
    .split("\n")
    .map((line) => line.trim())
    .map((line) => (/^-?\d{6,12}$/.test(line) ? new Date(Number(line) * 1000).toISOString() : line))
    .map((line) => (/^\d{4}-\d\d-\d\d$/.test(line) ? `${line}T00:00:00Z` : line))
    .join("\n");
}

function sameMoments(a: Json, b: Json): boolean {
  const isos = [a, b].map((value) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      typeof one === "string" ? readDateTime(one)?.iso : undefined,
    ),
  );
  return a !== null && b !== null && JSON.stringify(isos[0]) === JSON.stringify(isos[1]);
}

/** What values of an attribute that is unique are told apart by; moments are left to the database. */
export function uniqueKeys({ row }: OwnAttribute, value: unknown): string[] {
  if (row.type === "dateTime" || value === undefined || value === null) return [];
  const keys = (Array.isArray(value) ? (value as unknown[]) : [value]).map(String);
  return [...new Set(row.type === "string" ? keys.map((key) => key.toLowerCase()) : keys)];
}

/** The beginning of a text for a sentence; half of a character at its end becomes a sign of its own. */
function shown(text: string): string {
  return text.slice(0, 100).toWellFormed();
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function withoutUndefined<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]: Exclude<Fields[Key], undefined>;
  };
}

/** Ids in cells are asked for as they are only where they have the form of one. */
export function idsIn(text: string): string[] {
  return isId(text) ? [text.toLowerCase()] : [];
}
