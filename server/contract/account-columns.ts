/**
 * The columns of account files, and how values stand in their cells: what is exported is written by this, and what is
 * imported is read by it, so that an export that is imported again changes nothing (B6). Past 300 lines, because it is
 * one table.
 */

/** Languages that headers and words of cells may be in. Both are understood wherever a file is read. */
export type FileLanguage = "en" | "ja";
type Words = Record<FileLanguage, string>;

/** Which data a column belongs to. `action` says what a row does; `secret` is only ever read. */
export const columnData = ["action", "accounts", "settings", "groups", "activity", "secret"] as const;
export type ColumnData = (typeof columnData)[number];

/**
 * What a cell holds.
 *
 * - text:    as it is
 * - lines:   several values, each on a line of the cell
 * - values:  several emails or phones, each on a line, as `work: ada@example.com` where its type is known
 * - groups:  several groups, each on a line (see `groupCell`)
 * - boolean: yes or no, in words that no spreadsheet changes
 * - choice:  one of the words of the column
 * - number:  a whole number without separators
 * - time:    a moment
 */
export type ColumnKind = "text" | "lines" | "values" | "groups" | "boolean" | "choice" | "number" | "time";

export interface AccountColumn {
  /** What the API, the command line and files of settings call it. */
  key: string;
  header: Words;
  kind: ColumnKind;
  data: ColumnData;
  /** Whether a file may bring it: what it is not is passed over when it stands in a file. */
  isImported: boolean;
  /** Whether a file that the house writes may have it. */
  isExported: boolean;
  /** Words of the cells, by value. */
  choices?: Readonly<Record<string, Words>>;
  /** Other headers that mean it, in small letters and without spaces and punctuation (see `headerKey`). */
  aliases?: readonly string[];
}

const both = { isImported: true, isExported: true } as const;
const onlyOut = { isImported: false, isExported: true } as const;
const onlyIn = { isImported: true, isExported: false } as const;

/**
 * Every column, in the order of a file. The attributes that the organization defines follow: see `attributeColumnKey`.
 * An export writes `update` into each cell of `action`.
 */
export const accountColumns = [
  {
    key: "action",
    header: { en: "Action", ja: "操作" },
    kind: "choice",
    data: "action",
    ...both,
    choices: {
      add: { en: "add", ja: "追加" },
      update: { en: "update", ja: "更新" },
      delete: { en: "delete", ja: "削除" },
    },
    aliases: ["operation", "アクション", "処理"],
  },
  {
    key: "id",
    header: { en: "User ID", ja: "ユーザーID" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["id", "uid", "internalid", "内部id"],
  },
  {
    key: "username",
    header: { en: "Username", ja: "ユーザー名" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["user", "login", "loginname", "account", "loginid", "ログインid", "アカウント", "アカウント名"],
  },
  {
    key: "displayName",
    header: { en: "Display name", ja: "表示名" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["name", "fullname", "nickname", "氏名", "名前", "ニックネーム"],
  },
  {
    key: "givenName",
    header: { en: "First name", ja: "名" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["givenname", "forename", "ファーストネーム"],
  },
  {
    key: "familyName",
    header: { en: "Last name", ja: "姓" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["familyname", "surname", "苗字", "名字", "ラストネーム"],
  },
  {
    key: "email",
    header: { en: "Email", ja: "メールアドレス" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["emailaddress", "mail", "mailaddress", "primaryemail", "メール", "eメール"],
  },
  {
    key: "otherEmails",
    header: { en: "Other emails", ja: "その他のメールアドレス" },
    kind: "values",
    data: "accounts",
    ...both,
    aliases: ["otheremailaddresses", "emails"],
  },
  {
    key: "phone",
    header: { en: "Phone", ja: "電話番号" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["phonenumber", "telephone", "tel", "mobile", "電話", "携帯電話"],
  },
  {
    key: "otherPhones",
    header: { en: "Other phones", ja: "その他の電話番号" },
    kind: "values",
    data: "accounts",
    ...both,
    aliases: ["otherphonenumbers", "phones"],
  },
  {
    key: "title",
    header: { en: "Job title", ja: "役職" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["title", "position", "肩書き"],
  },
  {
    key: "department",
    header: { en: "Department", ja: "部署" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["部門", "所属"],
  },
  {
    key: "employeeNumber",
    header: { en: "Employee number", ja: "社員番号" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["employeeid", "staffnumber", "従業員番号", "社員id"],
  },
  {
    // The username of the manager; the id that is stored where it names no account here.
    key: "manager",
    header: { en: "Manager", ja: "上司" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["managerusername", "上長"],
  },
  {
    key: "locale",
    header: { en: "Language", ja: "言語" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["locale", "preferredlanguage", "ロケール"],
  },
  {
    key: "timeZone",
    header: { en: "Time zone", ja: "タイムゾーン" },
    kind: "text",
    data: "accounts",
    ...both,
    aliases: ["zoneinfo", "tz"],
  },
  {
    key: "status",
    header: { en: "Status", ja: "状態" },
    kind: "choice",
    data: "accounts",
    ...both,
    choices: {
      pending: { en: "pending", ja: "開始待ち" },
      active: { en: "active", ja: "有効" },
      blocked: { en: "blocked", ja: "ブロック中" },
      disabled: { en: "disabled", ja: "無効" },
    },
    aliases: ["accountstatus", "ステータス"],
  },
  {
    key: "marketingConsent",
    header: { en: "Marketing consent", ja: "マーケティングへの同意" },
    kind: "boolean",
    data: "accounts",
    ...both,
    aliases: ["marketing", "consent"],
  },
  {
    // By its name.
    key: "role",
    header: { en: "Role", ja: "ロール" },
    kind: "text",
    data: "settings",
    ...both,
    aliases: ["roles", "役割", "権限ロール"],
  },
  {
    // Keys of contract/permissions.ts. They follow from the role.
    key: "permissions",
    header: { en: "Permissions", ja: "権限" },
    kind: "lines",
    data: "settings",
    ...onlyOut,
  },
  {
    // Blank: as the organization says; 0: no limit.
    key: "deviceLimit",
    header: { en: "Device limit", ja: "デバイス数の上限" },
    kind: "number",
    data: "settings",
    ...both,
    aliases: ["maxdevices", "デバイス上限"],
  },
  {
    // Blank: as the organization and the role say.
    key: "factorRule",
    header: { en: "Second factor", ja: "2段階認証" },
    kind: "choice",
    data: "settings",
    ...both,
    choices: {
      require: { en: "required", ja: "必須" },
      allow: { en: "allowed", ja: "任意" },
      forbid: { en: "forbidden", ja: "禁止" },
    },
    aliases: ["mfa", "2fa", "twofactor", "secondfactorpolicy", "多要素認証"],
  },
  {
    // Blank: as the organization says.
    key: "protection",
    header: { en: "Account protection", ja: "アカウント保護" },
    kind: "choice",
    data: "settings",
    ...both,
    choices: { on: { en: "on", ja: "オン" }, off: { en: "off", ja: "オフ" } },
    aliases: ["protection"],
  },
  {
    key: "allowsSso",
    header: { en: "Single sign-on", ja: "シングルサインオン" },
    kind: "boolean",
    data: "settings",
    ...both,
    aliases: ["sso", "allowssso"],
  },
  {
    key: "groups",
    header: { en: "Groups", ja: "グループ" },
    kind: "groups",
    data: "groups",
    ...both,
    aliases: ["group", "memberof", "所属グループ"],
  },
  { key: "directory", header: { en: "Directory", ja: "ディレクトリ" }, kind: "text", data: "activity", ...onlyOut },
  {
    key: "externalId",
    header: { en: "External ID", ja: "外部ID" },
    kind: "text",
    data: "activity",
    ...onlyOut,
  },
  {
    key: "isOnboarded",
    header: { en: "Onboarded", ja: "利用開始済み" },
    kind: "boolean",
    data: "activity",
    ...onlyOut,
  },
  {
    key: "hasPassword",
    header: { en: "Has password", ja: "パスワードあり" },
    kind: "boolean",
    data: "activity",
    ...onlyOut,
  },
  {
    key: "passwordExpiresAt",
    header: { en: "Password expires", ja: "パスワードの有効期限" },
    kind: "time",
    data: "activity",
    ...onlyOut,
  },
  {
    // Kinds of contract/users.ts.
    key: "factors",
    header: { en: "Enrolled second factors", ja: "登録済みの2段階認証" },
    kind: "lines",
    data: "activity",
    ...onlyOut,
  },
  { key: "deviceCount", header: { en: "Devices", ja: "デバイス数" }, kind: "number", data: "activity", ...onlyOut },
  { key: "sessionCount", header: { en: "Sessions", ja: "セッション数" }, kind: "number", data: "activity", ...onlyOut },
  {
    key: "signInCount",
    header: { en: "Sign-ins", ja: "サインイン回数" },
    kind: "number",
    data: "activity",
    ...onlyOut,
  },
  { key: "lastActiveAt", header: { en: "Last active", ja: "最終利用" }, kind: "time", data: "activity", ...onlyOut },
  {
    key: "lastAddress",
    header: { en: "Last address", ja: "最終アドレス" },
    kind: "text",
    data: "activity",
    ...onlyOut,
  },
  { key: "createdAt", header: { en: "Created", ja: "作成日時" }, kind: "time", data: "activity", ...onlyOut },
  { key: "updatedAt", header: { en: "Changed", ja: "更新日時" }, kind: "time", data: "activity", ...onlyOut },
  {
    // Must be changed at the next sign-in.
    key: "temporaryPassword",
    header: { en: "Temporary password", ja: "仮パスワード" },
    kind: "text",
    data: "secret",
    ...onlyIn,
    aliases: ["password", "initialpassword", "パスワード", "初期パスワード"],
  },
  {
    // Of another system, taken over as it is.
    key: "passwordHash",
    header: { en: "Password hash", ja: "パスワードハッシュ" },
    kind: "text",
    data: "secret",
    ...onlyIn,
    aliases: ["hash"],
  },
] as const satisfies readonly AccountColumn[];

/** Every column by its key. */
export const accountColumnsByKey: ReadonlyMap<string, AccountColumn> = new Map(
  accountColumns.map((column) => [column.key, column]),
);

const attributePrefix = "attributes.";

/**
 * The key of the column of an attribute that the organization defines. Its header is the attribute's label in the
 * language of the file, or its name where a column has that header already. Its cell is what somebody would type: a
 * boolean as `yes`, a number without separators, a moment in ISO 8601 with its offset, several values on a line each.
 */
export function attributeColumnKey(name: string): string {
  return attributePrefix + name;
}

/** The name of the attribute that a column is of, or undefined. */
export function attributeOfColumn(key: string): string | undefined {
  return key.startsWith(attributePrefix) ? key.slice(attributePrefix.length) : undefined;
}

/** The headers of attributes in a file: the label, or the name where the label is taken by another column. */
export function attributeHeaders(
  attributes: readonly { name: string; labels: { en: string; ja: string | null } }[],
  language: FileLanguage,
): Map<string, string> {
  const taken = new Set<string>();
  for (const { key, header, aliases } of accountColumnsByKey.values()) {
    for (const name of [key, header.en, header.ja, ...(aliases ?? [])]) taken.add(headerKey(name));
  }
  const labels = attributes.map(({ labels: { en, ja } }) => (language === "ja" ? (ja ?? en) : en));
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(headerKey(label), (counts.get(headerKey(label)) ?? 0) + 1);
  return new Map(
    attributes.map(({ name }, at) => {
      const label = labels[at] ?? name;
      const isFree = !taken.has(headerKey(label)) && counts.get(headerKey(label)) === 1;
      return [name, isFree ? label : `${attributePrefix}${name}`];
    }),
  );
}

/** By what headers are told apart: without case, width, spaces and punctuation. */
export function headerKey(header: string): string {
  return header
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s\p{P}\p{S}\p{Cf}]+/gu, "");
}

/** Words for yes and no. */
export const booleanWords = { true: { en: "yes", ja: "はい" }, false: { en: "no", ja: "いいえ" } } as const;

/** A blank cell changes nothing; this takes the value away. */
export const clearWords: Words = { en: "(clear)", ja: "(消去)" };

/** The separator of several values in one cell. */
export const lineBreak = "\n";

/** One of several emails or phones in a cell: `work: ada@example.com`, or the value alone. */
export function valueCell(item: { value: string; type?: string | undefined }): string {
  return item.type === undefined || item.type === "" ? item.value : `${item.type}: ${item.value}`;
}

/** A group in a cell: its name; that of a directory as `Name (Directory)`, for names are a directory's own. */
export function groupCell(name: string, directoryName: string | null): string {
  return directoryName === null ? name : `${name} (${directoryName})`;
}

// What spreadsheets run as a formula (OWASP, CSV injection), in wide letters, too.
const formulaStart = /^'*[=+\-@\t\r＝＋－＠]/;

/**
 * A text of a cell that no spreadsheet runs: with an apostrophe before it where it begins like a formula. For CSV; the
 * texts of a workbook are typed as texts, and only need it where an apostrophe stands there already.
 */
export function guardCell(text: string, format: "csv" | "xlsx"): string {
  if (!formulaStart.test(text)) return text;
  return format === "csv" || text.startsWith("'") ? `'${text}` : text;
}

/** The text that was meant by a cell that may be guarded, in either format. */
export function unguardCell(text: string): string {
  return text.startsWith("'") && formulaStart.test(text) ? text.slice(1) : text;
}
