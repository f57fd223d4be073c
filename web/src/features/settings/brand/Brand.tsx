import { Stack } from "@mantine/core";
import { Buttons } from "./Buttons";
import { Colors } from "./Colors";
import { EmailLook } from "./EmailLook";
import { Logos } from "./Logos";
import { SocialGroups } from "./SocialGroups";
import { VoiceCard } from "./Voice";

export function Brand() {
  return (
    <Stack gap="md">
      <Logos />
      <Colors />
      <Buttons />
      <SocialGroups />
      <EmailLook />
      <VoiceCard />
    </Stack>
  );
}
