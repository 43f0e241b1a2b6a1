import type { Context } from "koa";
import { Failure } from "../../contract/failure.ts";
import { selectUser } from "../../db/sql/users.ts";
import { inWork } from "../../db/work.ts";
import { listDevices } from "../../devices/list-devices.ts";
import type { House } from "../../house.ts";
import { keepDevice } from "../../oidc/device-cookie.ts";
import { finishSignIn } from "../../oidc/finish-sign-in.ts";
import type { OpenSignIn } from "../../oidc/finish-sign-in.ts";
import { readSettings } from "../../settings/read-settings.ts";
import { admitAttempt, replaceDevice } from "../../signin/admit-attempt.ts";
import type { Admitted } from "../../signin/admit-attempt.ts";
import type { StepFrom } from "../../signin/step-from.ts";
import type { Attempt, PersonStep } from "../../signin/attempt.ts";
import { isPersonStep, stepOf } from "../../signin/attempt.ts";
import { confirmationOf } from "../../signin/confirm-sign-in.ts";
import { holdAttempt, readAttempt } from "../../signin/hold-attempt.ts";
import type { HeldAttempt } from "../../signin/hold-attempt.ts";
import type { Throttle } from "../../signin/throttle.ts";
import { wordsFor } from "../../kernel/words/words.ts";
import type { FieldError } from "../pages/page-views.ts";
import type { Shared } from "../shell/mount.ts";
import type { FormFields } from "../shell/read-body.ts";
import { factsOf, networkOf } from "../shell/request.ts";
import { pickLocale, showPage } from "../shell/show-page.ts";
import { confirmStepDoor } from "./confirm-step.ts";
import { codesStepDoor, enrollStepDoor, factorStepDoor } from "./factor-steps.ts";
import type { StepDoor } from "./factor-steps.ts";
import { formTo } from "./fields.ts";
import { leave, otherAccount, pageOptions, showEnded, stepFrom } from "./signing.ts";

/** The steps of a sign-in after the password: what is still to be proven, and whether the browser may be used. */
export interface SignInSteps {
  /** Takes an attempt as far as it gets without the person: to the app, or to the page of the step that waits. */
  goOn(ctx: Context, signing: OpenSignIn, attempt: Attempt): Promise<void>;
  /** Shows the step at which the sign-in waits. @returns false when it waits at none of these */
  show(ctx: Context, signing: OpenSignIn): Promise<boolean>;
  /** Whether the sign-in waits for something that happens elsewhere. */
  isWaiting(signing: OpenSignIn): Promise<boolean>;
  /** Takes what a step posted. @returns false when the sign-in is not at that step */
  post(ctx: Context, signing: OpenSignIn, step: string, fields: FormFields): Promise<boolean>;
}

export function signInSteps(house: House, { oidc, metrics }: Shared, throttle: Throttle): SignInSteps {
  const confirm = confirmStepDoor(house);
  const doors: Readonly<Record<PersonStep, StepDoor>> = {
    factor: factorStepDoor(house, throttle),
    enroll: enrollStepDoor(house, throttle),
    codes: codesStepDoor(house),
    confirm,
    device: { show: showDevices, take: takeDevice },
  };

  async function goOn(ctx: Context, signing: OpenSignIn, attempt: Attempt): Promise<void> {
    const from = stepFrom(house, ctx, signing);
    if (!isPersonStep(stepOf(attempt))) {
      return await arrive(ctx, signing, await admitAttempt(house, signing.uid, attempt, from));
    }
    await showStep(ctx, signing, await holdAttempt(house.db, signing.uid, house.now(), attempt));
  }

  async function arrive(ctx: Context, signing: OpenSignIn, admitted: Admitted): Promise<void> {
    if ("refusal" in admitted) return await refuse(ctx, signing, admitted.refusal);
    if ("held" in admitted) {
      const step = stepOf(admitted.held.attempt);
      if (step === "device") metrics.signIns.inc({ outcome: "deviceLimit" });
      return await showStep(ctx, signing, admitted.held);
    }
    const { userId, amr, upstream } = admitted.attempt;
    const done = await finishSignIn(oidc, ctx, signing, { userId, amr, deviceId: admitted.deviceId, upstream });
    if ("state" in done) return await showEnded(house, ctx, done);
    keepDevice(ctx, oidc.cookies.device);
    metrics.signIns.inc({ outcome: "success" });
    leave(ctx, done.location);
  }

  /** Account protection is on, and there is no way to ask; or it asked too often. */
  async function refuse(ctx: Context, signing: OpenSignIn, refusal: Failure): Promise<void> {
    if (refusal.code !== "signin.noEmail") throw refusal;
    const { app } = signing;
    await showPage(
      house,
      ctx,
      "signin-refused",
      {
        reason: "noEmail",
        app: { name: app.name },
        account: String(refusal.data["account"] ?? ""),
        otherAccountHref: otherAccount(signing),
      },
      { ...pageOptions(signing), status: refusal.status },
    );
  }

  async function showStep(ctx: Context, signing: OpenSignIn, held: HeldAttempt): Promise<void> {
    const step = stepOf(held.attempt);
    // Nothing is waited for: the last answer got lost on its way.
    if (!isPersonStep(step)) return await goOn(ctx, signing, held.attempt);
    if (step === "confirm") {
      const passed = await confirm.pass(signing, held, stepFrom(house, ctx, signing));
      if (passed !== undefined) return await arrive(ctx, signing, passed);
    }
    await doors[step].show(ctx, signing, held);
  }

  async function showDevices(
    ctx: Context,
    signing: OpenSignIn,
    { turn, attempt }: HeldAttempt,
    errors?: FieldError[],
  ): Promise<void> {
    const user = await selectUser(house.db, attempt.userId);
    const actor = { kind: "user" as const, id: attempt.userId, name: "", can: () => false, ...networkOf(ctx) };
    const found = await inWork(
      house,
      { actor, requestId: factsOf(ctx).requestId },
      async (work) => await listDevices(work, attempt.userId),
    );
    const settings = await readSettings(house.db);
    await showPage(
      house,
      ctx,
      "device-limit",
      {
        form: formTo(house, ctx, `/signin/${signing.uid}/device`, {
          hidden: [{ name: "turn", value: turn }],
          ...(errors === undefined ? {} : { errors }),
        }),
        account: user?.username ?? "",
        mayRemove: settings["devices.selfRemoval"],
        // The limit may have been lifted since; then the next try succeeds.
        limit: Math.min(found.limit, found.devices.length),
        count: found.devices.length,
        devices: found.devices.map((device) => ({
          id: device.id,
          name: device.name,
          isPhone: device.is_phone,
          activeAt: device.last_seen_at,
          ...(device.address === null ? {} : { address: device.address }),
        })),
        clock: { timeZone: user?.time_zone ?? settings["organization.timeZone"], now: house.now() },
        otherAccountHref: otherAccount(signing),
      },
      { ...pageOptions(signing), userLocale: user?.locale ?? null, status: errors === undefined ? 403 : 422 },
    );
  }

  async function takeDevice(
    ctx: Context,
    signing: OpenSignIn,
    held: HeldAttempt,
    fields: FormFields,
    from: StepFrom,
  ): Promise<Admitted | undefined> {
    const words = wordsFor(pickLocale(ctx, "en", signing)).deviceLimit;
    const chosen = fields.get("device");
    if (chosen === undefined) {
      await showDevices(ctx, signing, held, [{ text: words.choose }]);
      return undefined;
    }
    try {
      const admitted = await replaceDevice(house, signing.uid, held, chosen, from);
      if (admitted !== undefined) return admitted;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "device.missing") throw error;
    }
    await showDevices(ctx, signing, held, [{ text: words.gone }]);
    return undefined;
  }

  return {
    goOn,
    async show(ctx, signing) {
      const held = await readAttempt(house.db, signing.uid, house.now());
      if (held === undefined) return false;
      await showStep(ctx, signing, held);
      return true;
    },
    async isWaiting(signing) {
      const held = await readAttempt(house.db, signing.uid, house.now());
      if (held === undefined || stepOf(held.attempt) !== "confirm") return false;
      return (await confirmationOf(house, held))?.state === "waiting";
    },
    async post(ctx, signing, step, fields) {
      const held = await readAttempt(house.db, signing.uid, house.now());
      const at = held === undefined ? "admit" : stepOf(held.attempt);
      if (held === undefined || !isPersonStep(at) || at !== step) return false;
      // An old form, or one of another tab: the step is shown as it is now, and nothing has happened.
      if (fields.get("turn") !== held.turn) {
        await showStep(ctx, signing, held);
        return true;
      }
      const from = stepFrom(house, ctx, signing);
      const result = await doors[at].take(ctx, signing, held, fields, from);
      if (result !== undefined) await arrive(ctx, signing, result);
      return true;
    },
  };
}
