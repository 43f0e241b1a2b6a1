import type { recordsEnglish } from "./records-english.ts";

/** What the console says about finding one's way in logs and settings, in Japanese. */
export const recordsJapanese: typeof recordsEnglish = {
  about: "対象",
  whatHappened: "これまでの記録",
  whatHappenedOf: (name) => `これまでの記録: ${name}`,
  searchSettings: "名前や意味で設定を検索",
  noSetting: (q) => `「${q}」に合う設定はありません`,
  noSettingText: "検索の対象は、設定の名前、意味、まとまりの名前です。",
  sections: "設定の分類",
  back: (value) => `初期値に戻す: ${value}`,
  found: (count) => `${count}件の設定`,
  onlyChanged: "初期値から変えたものだけ",
  noneChanged: "すべての設定が初期値のままです",
};
