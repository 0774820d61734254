/** What the demo prints, by language. */
export const words = {
  en: {
    intro:
      'The LED simulator and the service run on this machine. Mutual TLS and a signature protect the calls between them.',
    outcomes: { eligible: 'ELIGIBLE', manualReview: 'A PERSON DECIDES', notDemonstrated: 'NOT DEMONSTRATED' },
    diploma: { match: 'proves it', review: 'to be judged' },
    yearUnknown: 'year unknown',
    rejected: 'a proof that does not count',
    next: 'next',
    noDecision: 'NO DECISION',
    retry: (seconds: string) => `ask again after ${seconds} s`,
    audit:
      'What the audit log holds about the first question (one line before the call to LED, one before the answer):',
    portTaken: (wanted: number, port: number) => `Port ${wanted} is in use: the service listens on ${port}.`,
    serving:
      'Serving. In another terminal, in this folder, try this; -i shows the headers too, and Decision-Receipt is the signed receipt of the answer',
    tokenServer: 'A token server runs too, and the service accepts its tokens (AUTH_MODE=jwt). These are its settings',
    getToken:
      'In another terminal, in this folder, get a token by client credentials with private_key_jwt, and ask with it. The script is that of openapi/README.md',
    noPerson: 'This token names no person, only the calling system. So the body must name the case handler.',
    receipt:
      'Keep an answer and its receipt with a sample client, and check them with the public key of the service (made at this start)',
    page: 'The API, in a browser',
    people: 'All test persons',
    end: 'Ctrl-C stops the demo.',
    crashed: 'The demo cannot continue. The last lines that the service logged:',
    ended: 'Stopped. All temporary files are removed.',
  },
  nl: {
    intro:
      'De LED-simulator en de dienst draaien op deze machine. Wederzijdse TLS en een handtekening beschermen de vragen aan LED.',
    outcomes: {
      eligible: 'AANGETOOND',
      manualReview: 'TE BEOORDELEN',
      notDemonstrated: 'NIET AANGETOOND',
    },
    diploma: { match: 'volstaat', review: 'te beoordelen' },
    yearUnknown: 'jaar onbekend',
    rejected: 'een bewijs dat niet telt',
    next: 'verder',
    noDecision: 'GEEN BESLISSING',
    retry: (seconds: string) => `probeer het over ${seconds} s opnieuw`,
    audit: 'De auditlijnen van de eerste vraag (één vóór de vraag aan LED, één vóór het antwoord):',
    portTaken: (wanted: number, port: number) => `Poort ${wanted} is in gebruik: de dienst luistert op ${port}.`,
    serving:
      'De dienst draait. Probeer dit in een andere terminal, in deze map; -i toont ook de headers, en Decision-Receipt is het ondertekende ontvangstbewijs',
    tokenServer:
      'Er draait ook een tokenserver, en de dienst aanvaardt zijn tokens (AUTH_MODE=jwt). Dit zijn de instellingen',
    getToken:
      'Vraag in een andere terminal, in deze map, een token met client credentials en private_key_jwt, en stel er een vraag mee. Het script is dat van openapi/README.md',
    noPerson:
      'Dit token noemt geen persoon, alleen het oproepende systeem. Daarom moet de vraag zelf de dossierbehandelaar noemen.',
    receipt:
      'Bewaar een antwoord en zijn ontvangstbewijs met een voorbeeldprogramma, en kijk ze na met de publieke sleutel van de dienst (gemaakt bij deze start)',
    page: 'De API, in een browser',
    people: 'Alle testpersonen',
    end: 'Ctrl-C stopt de demo.',
    crashed: 'De demo kan niet verder. De laatste lijnen in de log van de dienst:',
    ended: 'Gestopt. Alle tijdelijke bestanden zijn verwijderd.',
  },
} as const;

/** The test persons that the demo asks about. They are a few of those in `docker/simulator/persons.ts`. */
export const cast: readonly { insz: string; name: string; en: string; nl: string }[] = [
  { insz: '90610100155', name: 'Sofie', en: 'bachelor in social work', nl: 'bachelor in het sociaal werk' },
  { insz: '71610100441', name: 'Rita', en: 'gegradueerde of 2003', nl: 'gegradueerde van 2003' },
  { insz: '82620300128', name: 'Ioana', en: 'diploma from Romania', nl: 'diploma uit Roemenië' },
  { insz: '82620600135', name: 'Koen', en: 'LED contradicts itself', nl: 'LED spreekt zichzelf tegen' },
  { insz: '79630700146', name: 'Marie', en: 'nurse (HBO5)', nl: 'verpleegkundige (HBO5)' },
  { insz: '79631100123', name: 'Ward', en: 'unknown to LED', nl: 'niet bekend in LED' },
  { insz: '91700200112', name: 'Lena', en: 'LED is down', nl: 'LED is buiten dienst' },
];

export type Language = keyof typeof words;
