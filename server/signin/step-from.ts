import type { Origin } from "../devices/origin.ts";
import type { AppId } from "../kernel/ids.ts";
import type { Settings } from "../settings/definitions.ts";

/** Where a step of a sign-in comes from. */
export interface StepFrom {
  /** What the browser's long-lived cookie says. */
  deviceSecret: string;
  /** The app that asks; undefined for the own account pages. */
  app?: { id: AppId; name: string; requireFactor: boolean };
  /** The settings that hold for the step. */
  settings: Settings;
  /** Network and place. */
  origin: Origin;
  requestId: string;
  address?: string;
  userAgent?: string;
}
