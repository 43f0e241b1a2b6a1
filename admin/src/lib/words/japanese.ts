import { english } from "./english.ts";
export const japanese = english;
