/** Says something about the set-up; standard output is for the command itself. */
export function say(sentence) {
  process.stderr.write(`gatehouse: ${sentence}\n`);
}

/** A reason to stop that is told in one sentence. */
export class Refusal extends Error {}

/** Runs the whole of a program; a refusal is printed alone and ends it with 1. */
export async function main(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
