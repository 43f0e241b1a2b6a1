/** An email address of which a stranger learns little and its owner enough: h•••@example.com. */
export function maskEmail(email: string): string {
  const [first = ""] = email;
  return `${first}•••${email.slice(email.lastIndexOf("@"))}`;
}
