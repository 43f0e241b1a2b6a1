import { accountColumns } from "./account-columns.ts";
import type { AccountColumn, FileLanguage } from "./account-columns.ts";
import type { Permission } from "./permissions.ts";

/** What can be taken out as a file. */
export const exportData = ["accounts", "settings", "groups", "devices", "sessions", "log"] as const;
export type ExportData = (typeof exportData)[number];

/** A column of a file that goes out. */
export interface ExportColumn {
  key: string;
  header: Readonly<Record<FileLanguage, string>>;
  kind: "text" | "lines" | "boolean" | "choice" | "number" | "time";
  /** Words of the cells, by value. */
  choices?: AccountColumn["choices"];
  /** Whether the file has it when nobody chooses. */
  isUsual: boolean;
}

/** What somebody needs beside the permission to export, to see the same on pages. */
export const neededFor: Readonly<Record<ExportData, Permission>> = {
  accounts: "accounts",
  settings: "accounts",
  groups: "groups",
  devices: "accounts",
  sessions: "accounts",
  log: "logs",
};

const column = (
  key: string,
  kind: ExportColumn["kind"],
  en: string,
  ja: string,
  isUsual = true,
): ExportColumn & { isUsual: boolean } => ({ key, kind, header: { en, ja }, isUsual });

/** Columns of accounts that say who is meant. */
const who = [
  column("userId", "text", "User ID", "ユーザーID"),
  column("username", "text", "Username", "ユーザー名"),
  column("displayName", "text", "Display name", "表示名"),
  column("email", "text", "Email", "メールアドレス"),
];

/** One row for each second factor, permission and setting would be of no use: a row is a user. */
const settingKeys = new Set(["id", "username", "displayName", "email", "status"]);

const columns: Readonly<Record<Exclude<ExportData, "accounts" | "settings">, readonly ExportColumn[]>> = {
  groups: [
    column("groupId", "text", "Group ID", "グループID"),
    column("group", "text", "Group", "グループ"),
    column("groupDirectory", "text", "Directory of the group", "グループのディレクトリ"),
    column("memberKind", "text", "Member is a", "メンバーの種類"),
    column("memberId", "text", "Member ID", "メンバーID"),
    column("username", "text", "Username", "ユーザー名"),
    column("displayName", "text", "Display name", "表示名"),
    column("email", "text", "Email", "メールアドレス"),
    column("status", "text", "Status", "状態"),
    column("groupCreatedAt", "time", "Group created", "グループの作成日時", false),
    column("memberCount", "number", "Users in the group", "グループのユーザー数", false),
  ],
  devices: [
    column("deviceId", "text", "Device ID", "デバイスID"),
    ...who,
    column("device", "text", "Device", "デバイス"),
    column("isPhone", "boolean", "Phone", "スマートフォン"),
    column("firstSeenAt", "time", "First seen", "初回利用"),
    column("lastSeenAt", "time", "Last seen", "最終利用"),
    column("address", "text", "Address", "アドレス"),
    column("trustedUntil", "time", "Trusted until", "信頼の期限"),
  ],
  sessions: [
    ...who,
    column("startedAt", "time", "Started", "開始日時"),
    column("lastActiveAt", "time", "Last active", "最終利用"),
    column("expiresAt", "time", "Ends", "終了日時"),
    column("address", "text", "Address", "アドレス"),
    column("browser", "text", "Browser", "ブラウザー"),
    column("deviceId", "text", "Device ID", "デバイスID"),
    column("proofs", "lines", "Signed in with", "サインイン方法", false),
  ],
  log: [
    column("eventId", "text", "Event ID", "イベントID"),
    column("at", "time", "Time", "日時"),
    column("type", "text", "Event", "イベント"),
    column("outcome", "text", "Outcome", "結果"),
    column("reason", "text", "Reason", "理由"),
    column("actorKind", "text", "By: kind", "実行者の種類"),
    column("actorId", "text", "By: ID", "実行者のID"),
    column("actor", "text", "By", "実行者"),
    column("subjectKind", "text", "On: kind", "対象の種類"),
    column("subjectId", "text", "On: ID", "対象のID"),
    column("subject", "text", "On", "対象"),
    column("app", "text", "App", "アプリ"),
    column("changes", "text", "Changes", "変更内容"),
    column("details", "text", "Details", "詳細"),
    column("address", "text", "Address", "アドレス"),
    column("browser", "text", "Browser", "ブラウザー"),
    column("userAgent", "text", "User agent", "ユーザーエージェント", false),
    column("requestId", "text", "Request ID", "リクエストID"),
  ],
};

/** What apps let the person do, with the app's name; a settings file has it, and a file of accounts cannot bring it. */
const appPermissions = column("appPermissions", "lines", "Permissions in apps", "アプリでの権限");

/**
 * The columns that a file of some data may have, in their order. The attributes that the organization defines come with
 * accounts, behind these.
 */
export function columnsOf(data: ExportData): readonly (ExportColumn | (AccountColumn & { isUsual: boolean }))[] {
  const all: readonly AccountColumn[] = accountColumns;
  if (data === "accounts") {
    return all
      .filter((one) => one.isExported)
      .map((one) => ({ ...one, isUsual: one.isImported || one.key === "createdAt" || one.key === "lastActiveAt" }));
  }
  if (data === "settings") {
    const own = all.filter((one) => one.isExported && (settingKeys.has(one.key) || one.data === "settings"));
    const more = all.filter((one) => ["hasPassword", "passwordExpiresAt", "factors"].includes(one.key));
    return [...[...own, ...more].map((one) => ({ ...one, isUsual: true })), appPermissions];
  }
  return columns[data];
}
