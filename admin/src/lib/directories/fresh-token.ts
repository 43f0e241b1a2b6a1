const tokens = new Map<string, string>();

/**
 * Keeps a token from the reply that made it until its page is left: it is in the memory of this page only, never in the
 * address, the history or a store.
 */
export function keepToken(directoryId: string, token: string): void {
  tokens.set(directoryId, token);
}

/** The token to show once; afterwards nobody has it. */
export function takeToken(directoryId: string): string | undefined {
  const token = tokens.get(directoryId);
  tokens.delete(directoryId);
  return token;
}
