/** Quick choices of a date, so that "tomorrow at ten" is one tap. Pure: epoch ms in, epoch ms out, local hours. */
export interface Quick { key: "in_1_hour" | "in_3_hours" | "today_1730" | "tomorrow_10" | "in_2_days" | "in_7_days"; at: number }

function at(now: number, days: number, hour: number, minute = 0): number {
  const date = new Date(now);
  date.setDate(date.getDate() + days);
  return date.setHours(hour, minute, 0, 0);
}

const HOUR = 3600_000;
const toFiveMinutes = (ms: number): number => Math.ceil(ms / 300_000) * 300_000;

/** "Call me back": soon, later today, tomorrow. What would fall at night or in the past is left out. */
export function callBackTimes(now: number): Quick[] {
  const choices: Quick[] = [
    { key: "in_1_hour", at: toFiveMinutes(now + HOUR) },
    { key: "in_3_hours", at: toFiveMinutes(now + 3 * HOUR) },
    { key: "today_1730", at: at(now, 0, 17, 30) },
    { key: "tomorrow_10", at: at(now, 1, 10) },
  ];
  return choices.filter((one) => one.at > now + HOUR / 2 && new Date(one.at).getHours() < 21 && new Date(one.at).getHours() > 7);
}

/** The next step after a conversation. */
export function nextStepTimes(now: number): Quick[] {
  return [
    { key: "tomorrow_10", at: at(now, 1, 10) },
    { key: "in_2_days", at: at(now, 2, 10) },
    { key: "in_7_days", at: at(now, 7, 10) },
  ];
}
