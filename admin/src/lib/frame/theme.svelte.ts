const key = "gatehouse.theme";
const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

let chosen = $state<Theme>(themes.find((name) => name === localStorage.getItem(key)) ?? "system");
show();

/** Light, dark, or as the system says; remembered in this browser. */
export const theme = {
  all: themes,
  get chosen() {
    return chosen;
  },
  set chosen(next: Theme) {
    chosen = next;
    localStorage.setItem(key, next);
    show();
  },
};

function show() {
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
