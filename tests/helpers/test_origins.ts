import type { Profile } from "../../core/profile.ts";
import { NO_PERMISSIONS } from "../../core/permissions.ts";
import type { Origin } from "../../engine/task.ts";
import type { Origins } from "../../engine/task_store.ts";
import { EVERYBODY, origin } from "./task_record.ts";

/** Where tasks come from, as tests write it down: all that can be said as text. */
export function testOrigins(): Origins {
  const profiles = new Map<string, Profile>();
  return {
    write({ profile, ...own }: Origin) {
      const { permissions: _, ...rest } = profile;
      return { profile: JSON.stringify(rest), own: JSON.stringify({ ...own, endsBy: null }) };
    },
    read({ profile: text, own }) {
      let profile = profiles.get(text);
      if (profile === undefined) {
        profiles.set(text, profile = { ...JSON.parse(text), permissions: NO_PERMISSIONS } as Profile);
      }
      const rest = JSON.parse(own) as Origin;
      const clientKey = rest.clientKey.name === "" ? EVERYBODY : rest.clientKey;
      return { origin: origin({ ...rest, profile, clientKey, endsBy: Infinity }), refusal: null };
    },
  };
}
