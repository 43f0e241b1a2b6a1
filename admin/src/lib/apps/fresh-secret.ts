const secrets = new Map<string, string>();

/** Keeps the secret of an app from the reply that made it until its page shows it; it is in no store and no address. */
export function keepSecret(appId: string, secret: string): void {
  secrets.set(appId, secret);
}

/** The secret to show once; afterwards nobody has it. */
export function takeSecret(appId: string): string | undefined {
  const secret = secrets.get(appId);
  secrets.delete(appId);
  return secret;
}
