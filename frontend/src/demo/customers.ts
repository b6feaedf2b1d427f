/** Invented customers. In: a source of chance and what was used before. Out: the JSON a website or portal would send.
 *  Pure; called by the demo's buttons. Names, numbers and addresses are made up; no mail leaves for example.com.
 *  Numbers are ones the server's library accepts: Dutch 06 1234 ####, German from the range kept free for films. */
export interface Enquiry {
  name: string;
  phone: string;
  email: string;
  message: string;
  vehicle: { make: string; model: string; year: number };
  trade_in: string | null;
  language: "nl" | "de" | "en";
}
type Chance = () => number;
type Vehicle = Enquiry["vehicle"];

interface Country { first: string[]; last: string[]; questions: string[] }
const COUNTRIES: Record<Enquiry["language"], Country> = {
  nl: {
    first: ["Lotte", "Joris", "Fatima", "Daan", "Marijke", "Ruben", "Noor", "Thijs", "Hanneke", "Youssef", "Femke", "Gijs"],
    last: ["Visser", "Peeters", "van der Meer", "Jansen", "El Amrani", "Hoekstra", "de Wit", "Kuipers", "Verbruggen", "Bos"],
    questions: [
      "Is hij zaterdag te zien, en wat krijg ik voor mijn inruiler?",
      "Kan ik morgen na vijven een proefrit maken?",
      "Wat is uw scherpste prijs met winterbanden erbij?",
      "Past er een trekhaak op, en hoeveel mag hij trekken?",
    ],
  },
  de: {
    first: ["Anke", "Jürgen", "Leonie", "Matthias", "Petra", "Yusuf", "Greta"],
    last: ["Schröder", "Weiß", "Köhler", "Brandt", "Lindner", "Yıldız", "Hoffmann"],
    questions: [
      "Ist der Wagen noch da? Ich könnte am Samstag kommen.",
      "Kann ich eine Probefahrt machen, und nehmen Sie meinen in Zahlung?",
      "Was kostet er mit Winterreifen und Überführung nach Kleve?",
    ],
  },
  en: {
    first: ["Amelia", "Oliver", "Priya", "Callum", "Grace", "Naveen"],
    last: ["Walker", "Patel", "Hughes", "O'Neill", "Clarke", "Bennett"],
    questions: [
      "Is it still available? I could come over on Saturday.",
      "Could I take it for a test drive tomorrow afternoon?",
      "Does it come with a tow bar, and what would you give me for my own car?",
    ],
  },
};
const CARS: Vehicle[] = [
  { make: "VW", model: "Golf", year: 2022 }, { make: "VW", model: "T-Roc", year: 2023 },
  { make: "Volvo", model: "XC40", year: 2021 }, { make: "Kia", model: "Niro", year: 2023 },
  { make: "Toyota", model: "Yaris", year: 2020 }, { make: "Peugeot", model: "2008", year: 2022 },
  { make: "Škoda", model: "Octavia", year: 2021 }, { make: "Hyundai", model: "Kona", year: 2024 },
];
const TRADE_INS = ["Polo 2016", "Fiesta 2014", "Corsa 2017", null];

const pick = <T>(from: readonly T[], chance: Chance): T => from[Math.floor(chance() * from.length) % from.length] as T;
const digits = (n: number, count: number): string => String(n).padStart(count, "0");

/** `used` holds the names and numbers given out on this computer: every click must be a new customer. */
export function invent(used: Set<string>, chance: Chance = Math.random, wished?: Enquiry["language"]): Enquiry {
  const roll = chance();
  const language = wished ?? (roll < 0.6 ? "nl" : roll < 0.8 ? "de" : "en");
  const country = COUNTRIES[language];
  const name = unused(used, () => `${pick(country.first, chance)} ${pick(country.last, chance)}`);
  return {
    name,
    phone: unused(used, () => phone(language, chance)),
    email: address(name, chance),
    message: pick(country.questions, chance),
    vehicle: pick(CARS, chance),
    trade_in: pick(TRADE_INS, chance),
    language,
  };
}

/** After forty tries everything is taken: a name may come back, with another number. */
function unused(used: Set<string>, make: () => string): string {
  let made = make();
  for (let tries = 0; used.has(made) && tries < 40; tries += 1) made = make();
  used.add(made);
  return made;
}

function phone(language: Enquiry["language"], chance: Chance): string {
  if (language === "de") return `+49 171 39200${digits(Math.floor(chance() * 100), 2)}`;
  return `06 1234 ${digits(Math.floor(chance() * 10_000), 4)}`;
}

function address(name: string, chance: Chance): string {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").replace("ß", "ss").replace("ı", "i").toLowerCase();
  return `${plain.replace(/[^a-z]+/g, ".")}.${digits(Math.floor(chance() * 1000), 3)}@example.com`;
}

/** He cannot telephone, and the form demanded a number. His enquiry is worth exactly as much as any other [003]. */
export function deaf(used: Set<string>, chance: Chance = Math.random): Enquiry {
  return {
    ...invent(used, chance, "nl"),
    phone: "0000000000",
    message: "Ik ben doof, dus bellen lukt niet. Is deze auto nog te koop? Ik kom graag kijken.",
    trade_in: null,
  };
}

/** One person, three portals, three cars; the number written as each portal writes it. */
export function onThreePortals(used: Set<string>, chance: Chance = Math.random): [Enquiry, Enquiry, Enquiry] {
  const one = invent(used, chance, "nl");
  const bare = one.phone.replaceAll(" ", "");
  const start = Math.floor(chance() * CARS.length);
  const car = (offset: number): Vehicle => CARS[(start + offset) % CARS.length] as Vehicle;
  return [
    { ...one, vehicle: car(0) },
    { ...one, vehicle: car(1), phone: `+31${bare.slice(1)}`, email: address(one.name, chance), trade_in: null },
    { ...one, vehicle: car(2), phone: `0031 ${bare.slice(1)}`, email: address(one.name, chance), trade_in: null },
  ];
}
