const key = "gatehouse.signInAgain";
const pauseMs = 15_000;

/**
 * Loads the page anew when the session has ended: the server then leads to the sign-in and back to this address.
 * At most once in 15 s, so that a server that cannot sign anyone in does not make the page spin.
 */
export function signInAgain(): void {
  const last = Number(sessionStorage.getItem(key) ?? 0);
  if (Date.now() - last < pauseMs) return;
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
}
