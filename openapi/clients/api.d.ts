// Made from openapi.yaml by openapi-typescript: npm run openapi

export interface paths {
    "/eligibility": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decide whether a person’s diplomas meet the diploma condition
         * @description Asks LED for the person’s diplomas, judges each by the rule set, and answers with the outcome, its reasons and what may be seen of the diplomas that count.
         *
         *     A fault of LED is a problem, never an outcome. Nothing is stored but the audit trail, so it is safe to ask again; each question is audited, and LED is asked anew.
         */
        post: operations["assessEligibility"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ruleSets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the rule sets, every version of each
         * @description Which recognitions this installation can decide on, and the dates of each version: past, in force, to come and on trial.
         */
        get: operations["getRuleSets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ruleSets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one rule set in full
         * @description The version in force today; where none is, the one with the latest start.
         */
        get: operations["getRuleSet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Say how the service is
         * @description For your own monitoring. A decision is always worth a try: health is about the last minute, not about your question.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What article 3 of the protocol lets the department see of one diploma, under the protocol’s own Dutch names and as LED gave it (`NBS`, “niet beschikbaar” included). What LED left out is left out here. It is personal data: show it to the case handler, keep no copy that the file does not need. */
        Attributes: {
            /** @description Language of the studies: Taalcode, ISO 639-3, such as `nld` */
            taal?: string;
            /** @description Country where it was obtained: Landcode, ISO 3166-1 alpha-3; only `BEL` counts without equivalence */
            land?: string;
            /** @description Kind of education, such as `Hoger onderwijs` (counts) or `Secundair onderwijs` (lies below) */
            categorie?: string;
            /** @description Degree, such as `Professionele bachelor`; an old one is read by date and institution, see the rule set */
            graad?: string;
            /** @description Form of secondary education, such as `BSO`; for higher education no more than noise */
            onderwijsvorm?: string;
            /** @description Kind of proof (Bewijstype): `Diploma`, `Gelijkwaardigheid` (a foreign diploma made equal), and others */
            typeBewijs?: string;
            /** @description Whether the studies were completed: `Eindbewijs` (they were) or `Tussenbewijs` */
            staatBewijs?: string;
            /** @description Kind of institution that issued it, such as `Hogeschool` */
            instantie?: string;
            /** @description Kind of school (Schooltype), finer than `instantie` */
            typeSchool?: string;
            /** @description What the studies were about; a rule set lists the six-digit codes that count */
            onderwerp?: {
                /** @description Code of the subject (Onderwerp), by which the rule set decides whether the diploma counts */
                code?: string;
                /** @description Name of the subject (Onderwerp), by which the rule set decides whether the diploma counts, in Dutch */
                naam?: string;
            };
            /** @description Field of study; expected to be the first three digits of the subject, and where it is not, a person has to look */
            iscedStudiegebied?: {
                /** @description Code of the ISCED field of study */
                code?: string;
                /** @description Name of the ISCED field of study, in Dutch */
                naam?: string;
            };
            /** @description Level by ISCED 1997; `5A` and `5B` may be bachelor, master or HBO5, so that it seldom decides */
            iscedNiveau?: {
                /** @description Code of the ISCED 1997 level */
                code?: string;
                /** @description Name of the ISCED 1997 level, in Dutch */
                naam?: string;
            };
            /** @description Level by the Flemish qualification structure, 1 to 8 (6 bachelor, 7 master); `NBS` says that there is none */
            vksNiveauOnderwijskwalificatie?: {
                /** @description Code of the VKS level of the educational qualification */
                code?: string;
                /** @description Name of the VKS level of the educational qualification, in Dutch */
                naam?: string;
            };
            /** @description Level of a professional qualification; never used to decide */
            vksNiveauBeroepskwalificatie?: {
                /** @description Code of the VKS level of the professional qualification */
                code?: string;
                /** @description Name of the VKS level of the professional qualification, in Dutch */
                naam?: string;
            };
            /** @description Day of issue, as far as LED knows it: `yyyy-mm-dd`, `yyyy-mm` or `yyyy`; left out if even the year is not known */
            uitreikingsdatum?: string;
            /** @description Full name of the diploma as it stands on it: what a case handler recognises it by */
            volledigeNaam?: string;
            /** @description What LED adds in free text; for people, never used to decide */
            bijkomendeInformatie?: {
                /** @description What the text is about */
                type?: string;
                /** @description The text */
                inhoud?: string;
            }[];
        };
        /** @description What was decided, by which rules, on what grounds */
        Decision: {
            /**
             * Format: uuid
             * @description Identifies this decision (UUID v7) and is the id of its lines in the audit trail: keep it in the file
             */
            decisionId: string;
            /**
             * Format: date-time
             * @description When, in UTC. A decision says what LED held at that moment
             */
            decidedAt: string;
            outcome: components["schemas"]["Outcome"];
            /**
             * @description Why this outcome, the decisive one first; those after it are reservations to heed also when the outcome is `eligible`:
             *     - `diplomaMatches`: LED holds a diploma with an accepted subject and at least VKS level 6 (bachelor): this proves the diploma condition.
             *     - `diplomaNeedsReview`: LED holds a proof that may qualify, but its data are not clear.
             *     - `noQualifyingDiploma`: The proofs that LED holds on an accepted subject are not enough.
             *     - `noRelevantDiplomaInLed`: No diploma with an accepted subject was found in LED for this person.
             *     - `ledWarning`: LED gave a warning with its answer: the answer may be incomplete or wrong.
             *     - `answerMayBeTruncated`: LED gave as many proofs as it gives at once (99): some may be missing.
             *     - `otherHolderInAnswer`: LED also gave proofs that stand under another INSZ: these were neither used nor shown.
             */
            reasons: components["schemas"]["Reason"][];
            ruleSet: components["schemas"]["RuleSetReference"];
            /**
             * Format: date
             * @description The day whose rules were applied: yours, or today in Brussels
             */
            referenceDate: string;
            /** @description What counts (`match`) and then what has to be judged (`review`), each the newest first; may be empty */
            diplomas: components["schemas"]["Diploma"][];
            /** @description Proofs on an accepted subject that are not enough: only why, for what proves nothing is not passed on */
            rejected: {
                /**
                 * @description All that makes it insufficient:
                 *     - `cancelled`: LED lists this proof as cancelled.
                 *     - `intermediateProof`: This is an intermediate proof.
                 *     - `notADiploma`: This kind of proof is no diploma (but a certificate or an attestation, for example).
                 *     - `belowByCategory`: The category in LED lies below the level required.
                 *     - `belowByVks`: The VKS level in LED lies below the level required.
                 *     - `belowByIsced2011`: The ISCED 2011 level in LED lies below the level required.
                 *     - `belowByDegree`: The degree in LED lies below the level required.
                 *     - `belowByIsced1997`: The ISCED 1997 level in LED lies below the level required.
                 */
                reasons: components["schemas"]["Reason"][];
            }[];
            /**
             * @description What the case handler can do next; empty when the outcome is `eligible`:
             *     - `reviewDiplomas`: Look at the diplomas in this answer and judge whether one meets the condition: an accepted subject and at least VKS level 6 (bachelor).
             *     - `attachDiploma`: Ask the applicant to attach the diploma to the file if LED does not hold it, or not completely.
             *     - `careExperience`: Point the applicant to the other possibility: experience in giving care to the target group, as the law describes it, can take the place of a diploma.
             */
            followUp: components["schemas"]["Reason"][];
        };
        /** @description A proof in LED that counts or may count, with what may be seen of it */
        Diploma: {
            /**
             * @description `match`: this one alone proves the condition. `review`: a case handler has to judge it, for the `reasons` given
             * @enum {string}
             */
            verdict: "match" | "review";
            /**
             * @description Of a match the one datum that shows the level:
             *     - `levelByVks`: By the VKS level in LED this diploma is of at least VKS level 6 (bachelor), as is needed.
             *     - `levelByIsced2011`: By the ISCED 2011 level in LED this diploma is of at least VKS level 6 (bachelor), as is needed.
             *     - `levelByDegree`: By the degree in LED this diploma is of at least VKS level 6 (bachelor), as is needed.
             *     - `levelByCategory`: By the category in LED this diploma is of at least VKS level 6 (bachelor), as is needed.
             *     - `levelByIsced1997`: By the ISCED 1997 level in LED this diploma is of at least VKS level 6 (bachelor), as is needed.
             *
             *     Of a review all that stands in the way:
             *     - `unknownStatus`: The status of this proof is missing in LED or unknown.
             *     - `unknownProofState`: LED does not say clearly whether this proof is final.
             *     - `equivalenceDecision`: This is a decision on the equivalence of a foreign diploma.
             *     - `unknownProofType`: The kind of proof is missing in LED or unknown.
             *     - `unknownCategory`: The category of this proof is missing in LED or unknown.
             *     - `levelConflict`: What LED says about the level contradicts itself.
             *     - `levelOpen`: What LED says about the level leaves open whether it is enough; old and new degrees sometimes share a name.
             *     - `levelUnknown`: LED says nothing useful about the level of this diploma.
             *     - `selfDeclared`: This proof rests on the applicant's own declaration.
             *     - `unknownAuthenticity`: LED does not confirm that this proof is authentic.
             *     - `unknownCountry`: LED does not say in which country this diploma was obtained.
             *     - `foreignWithoutEquivalence`: LED lists another country than Belgium for this diploma, and this proof is no decision on its equivalence.
             *     - `subjectFieldMismatch`: The subject and the ISCED field of this proof do not go together.
             *     - `subjectUnderReview`: Diplomas on this subject are always looked at by a case handler.
             */
            reasons: components["schemas"]["Reason"][];
            /** @description The statutory domain that the subject belongs to, such as `sociaal`; the rule set names them */
            domain: string;
            attributes: components["schemas"]["Attributes"];
        };
        /** @description Whom it is about, who asks, and by which rules */
        EligibilityRequest: {
            /** @description The person’s INSZ: exactly 11 digits without punctuation, a string because leading zeros count. Its check digits and date are verified before LED is asked */
            insz: string;
            /** @description Who asks (protocol, articles 4 and 6). Required unless the access token names the person; then it must not contradict it */
            caseHandler?: {
                /** @description Your own lasting identifier of the civil servant; it stands in the audit trail. No name, no personal number */
                id: string;
                /** @description The role in which they ask; some installations allow certain roles only */
                role?: string;
            };
            /** @description Your file number, for the audit trail. It is logged, so it must be no INSZ: eleven digits in a row are refused */
            caseReference?: string;
            /** @description The rule set to decide by, see `GET /ruleSets`; left out: the one that this installation is set to */
            ruleSet?: string;
            /**
             * Format: date
             * @description Picks the rule set’s version in force on that day, for example the day of the application; not after today. Left out: today in Brussels. It does not turn back LED, which always tells what it holds now
             */
            referenceDate?: string;
        };
        /** @description How the service is, judged from real calls; LED is never called to find out */
        Health: {
            /**
             * @description - `UP`: ask.
             *     - `DEGRADED`: ask, but expect problems or waiting: of the last minute’s calls to LED many failed or were slow.
             *     - `DOWN`: every question is answered with 503, for nothing can be decided that cannot be audited.
             * @enum {string}
             */
            status: "UP" | "DEGRADED" | "DOWN";
        };
        /** @description One thing that is wrong with the input */
        InputValidationIssue: {
            /**
             * @description What is wrong with the input; new types may appear:
             *     - `urn:problem-type:belgif:input-validation:schemaViolation`: missing, or not of the form required
             *     - `urn:problem-type:belgif:input-validation:invalidInput`: of the right form, but not a value that can be
             *     - `urn:problem-type:belgif:input-validation:unknownInput`: holds a member that is not known; `name` is its parent
             *     - `urn:problem-type:belgif:input-validation:referencedResourceNotFound`: refers to something that does not exist
             *     - `urn:problem-type:cbss:input-validation:canceledSsin`: the INSZ was cancelled; look for the right one in your file
             *     - `urn:problem-type:cbss:input-validation:replacedSsin`: the INSZ was replaced by another; update your file
             */
            type: string;
            /**
             * @description Which part of the request
             * @enum {string}
             */
            in: "body" | "header" | "path";
            /** @description Where: the member’s path, such as `caseHandler.id`, or `body` for the whole; its value is never repeated */
            name: string;
            /** @description What is wrong, in English, for a developer */
            title: string;
            /**
             * @description For an INSZ: the first rule that it breaks
             *     - `format`: must be a string of exactly 11 digits
             *     - `month`: has a month that no INSZ has
             *     - `checksum`: has check digits that do not fit: look for a typing error
             *     - `date`: holds a day that does not exist
             *     - `serial`: has a serial number that is not given out
             *     - `future`: holds a birth date after today
             */
            code?: string;
        };
        /**
         * @description - `eligible`: LED proves the diploma condition. Record it with `decisionId`; no diploma need be asked for.
         *     - `manualReview`: LED holds something that may prove it, or its answer is in doubt. A case handler judges the `diplomas`; never decide without one.
         *     - `notDemonstrated`: LED does not prove it. **This is no refusal**: LED is not complete. Ask the applicant for the diploma or for proof of experience.
         * @enum {string}
         */
        Outcome: "eligible" | "manualReview" | "notDemonstrated";
        /** @description An answer that is no success (RFC 9457); `type` says which. It never holds an INSZ. */
        Problem: {
            /**
             * @description What kind of problem; switch on this, and treat one that you do not know by its `status`:
             *     - `urn:problem-type:belgif:badRequest`: 400. The input is incorrect. `issues` says which member and why; correct it and ask again.
             *     - `urn:problem-type:belgif:noAccessToken`: 401. Send an access token: Authorization: Bearer followed by the token.
             *     - `urn:problem-type:belgif:invalidAccessToken`: 401. The access token is malformed, revoked, or not meant for this service. Request a new one.
             *     - `urn:problem-type:belgif:expiredAccessToken`: 401. The access token has expired. Request a new one and ask again.
             *     - `urn:problem-type:belgif:missingScope`: 403. The access token lacks the scope of this service. Have it granted to your client.
             *     - `urn:problem-type:belgif:missingPermission`: 403. The client may not use this rule set, or the case handler’s role is not allowed to ask.
             *     - `urn:problem-type:belgif:resourceNotFound`: 404. There is nothing at this path. /doc lists what there is.
             *     - `urn:problem-type:zorg:methodNotAllowed`: 405. This path does not know the method. The Allow header lists those that it knows.
             *     - `urn:problem-type:zorg:unsupportedMediaType`: 415. Send the body as application/json.
             *     - `urn:problem-type:belgif:payloadTooLarge`: 413. The body may have at most 16 KiB, the headers as much.
             *     - `urn:problem-type:zorg:requestTimeout`: 408. The request did not arrive in time. Send it in one go.
             *     - `urn:problem-type:belgif:tooManyRequests`: 429. Your client asked more often than it may. Retry after the seconds in Retry-After.
             *     - `urn:problem-type:belgif:internalServerError`: 500. Something went wrong on our side. Report the instance.
             *     - `urn:problem-type:belgif:badGateway`: 502. LED gave an answer that cannot be used. This says nothing about the person’s diplomas. Report the instance.
             *     - `urn:problem-type:zorg:ledRegistrationMissing`: 502. The person’s file is not registered with MAGDA, so LED may not be asked. Register it first, then ask again. This says nothing about the person’s diplomas.
             *     - `urn:problem-type:belgif:serviceUnavailable`: 503. No decision can be given at this moment; this says nothing about the person’s diplomas. Retry after the seconds in Retry-After.
             *     - `urn:problem-type:zorg:ledTimeout`: 504. LED did not answer in time; this says nothing about the person’s diplomas. Ask again later.
             */
            type: string;
            /** @description The kind of problem in a few English words */
            title: string;
            /** @description The HTTP status, once more */
            status: number;
            /** @description What it means and what to do about it, in English, for a developer */
            detail: string;
            /** @description `urn:uuid:` and the id of this request in the audit trail; quote it when you ask for help */
            instance: string;
            /** @description With 400: all that is wrong with the input */
            issues?: components["schemas"]["InputValidationIssue"][];
        };
        /** @description Why, for programs and for people. Holds nothing of the person. */
        Reason: {
            /** @description For programs. A code never changes its meaning; new ones may appear, so do not fail on one you do not know */
            code: string;
            /** @description For people: what was found, what is needed and what to do, in the language of `Content-Language`. May change; show it, do not parse it */
            text: string;
        };
        /** @description One rule set in full: what is law and policy here, word by word */
        RuleSetDetail: {
            /** @description What to give as `ruleSet` when you ask */
            id: string;
            /** @description Which version of the rules (semantic versioning) */
            version: string;
            /** @description The recognition, in the language of `Content-Language` */
            title: string;
            /**
             * Format: date
             * @description The first reference date for which this version answers
             */
            validFrom: string;
            /**
             * Format: date
             * @description The last day, included; open where it is left out
             */
            validTo?: string;
            /** @description `sha256:` and the SHA-256 of the whole file’s canonical JSON (RFC 8785); every decision names it */
            digest: string;
            /** @description True: a version on trial, evaluated beside the one in force and counted; it never answers you */
            candidate?: boolean;
            /** @description The law and the protocol on which it rests; stands on every line of the audit trail */
            legalBasis: string;
            /** @description The least VKS level that qualifies: 5 graduaat (HBO5), 6 bachelor, 7 master, 8 doctor */
            minimumLevel: number;
            /** @description The subjects (Onderwerp) that count; a diploma on another one is neither judged nor shown */
            subjects: {
                /** @description Code of the Onderwerp, six digits */
                code: string;
                /** @description Its name, in Dutch */
                label: string;
                /** @description The statutory domain that the answer names */
                domain: string;
                /** @description A person looks at every diploma on this subject */
                review?: boolean;
            }[];
            /** @description Bewijstypes that are no diploma */
            otherProofs: string[];
            /** @description Instanties that give higher education and nothing else */
            higherEducation: string[];
            /** @description Known Categorieën; without a range they say nothing on the level */
            categories: {
                /** @description Names as LED writes them */
                names: string[];
                /** @description The level that they stand for */
                range?: {
                    /** @description The lowest VKS level that it can be */
                    low: number;
                    /** @description The highest */
                    high: number;
                };
            }[];
            /** @description Graden; of the clauses the first that fits names the range */
            degrees: {
                /** @description Names as LED writes them */
                names: string[];
                /** @description In order: the first that fits counts */
                clauses: {
                    /** @description What the institution that issued it must be */
                    institution?: {
                        /**
                         * @description The Instantie is one of `higherEducation`
                         * @enum {string}
                         */
                        isOneOf: "higherEducation";
                    } | {
                        /** @description The name of the Instantie contains one of these */
                        containsOneOf: string[];
                    };
                    /** @description When it must have been issued */
                    year?: {
                        /** @description This year or earlier */
                        atMost?: number;
                        /** @description This year or later */
                        atLeast?: number;
                    };
                    /** @description The level that such a degree stands for */
                    range: {
                        /** @description The lowest VKS level that it can be */
                        low: number;
                        /** @description The highest */
                        high: number;
                    };
                }[];
            }[];
            /** @description Every reason code that can occur, in words */
            reasons: components["schemas"]["Reason"][];
        };
        /** @description The rules by which was decided; keep all three with the decision */
        RuleSetReference: {
            /** @description Which recognition’s rules */
            id: string;
            /** @description Which version of them (semantic versioning) */
            version: string;
            /** @description Fingerprint of the rules to the letter; the same as in `GET /ruleSets`, so that anyone can check by which text was decided */
            digest: string;
        };
        /** @description One version of one rule set */
        RuleSetSummary: {
            /** @description What to give as `ruleSet` when you ask */
            id: string;
            /** @description Which version of the rules (semantic versioning) */
            version: string;
            /** @description The recognition, in the language of `Content-Language` */
            title: string;
            /**
             * Format: date
             * @description The first reference date for which this version answers
             */
            validFrom: string;
            /**
             * Format: date
             * @description The last day, included; open where it is left out
             */
            validTo?: string;
            /** @description `sha256:` and the SHA-256 of the whole file’s canonical JSON (RFC 8785); every decision names it */
            digest: string;
            /** @description True: a version on trial, evaluated beside the one in force and counted; it never answers you */
            candidate?: boolean;
        };
        /** @description Every version of every rule set */
        RuleSets: {
            /** @description By id, then by the beginning of their period */
            ruleSets: components["schemas"]["RuleSetSummary"][];
        };
    };
    responses: never;
    parameters: {
        /**
         * @description A UUID of yours; the answer repeats it as `BelGov-Related-Trace-Id`. What is no UUID is passed over
         * @example 6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506
         */
        traceId: string;
        /**
         * @description The language of the texts: Dutch (`nl`, the default) or English (`en`). Codes are the same in both
         * @example en
         */
        language: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description A fresh UUID of this answer, for tracing
         * @example 6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506
         */
        "BelGov-Trace-Id": string;
        /**
         * @description Your own `BelGov-Trace-Id`, if it was a UUID
         * @example 6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506
         */
        "BelGov-Related-Trace-Id": string;
        /**
         * @description The language of every `text` and `title`
         * @example en
         */
        "Content-Language": "nl" | "en";
        /**
         * @description Seconds to wait before you ask again
         * @example 5
         */
        "Retry-After": number;
        /**
         * @description What kind of credentials is asked for, and what was wrong with yours (RFC 6750); a 403 for want of permission has none
         * @example Bearer error="invalid_token"
         */
        "WWW-Authenticate": string;
        /**
         * @description With 405: the methods that this path knows
         * @example POST
         */
        Allow: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    assessEligibility: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The language of the texts: Dutch (`nl`, the default) or English (`en`). Codes are the same in both
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["language"];
                /**
                 * @description A UUID of yours; the answer repeats it as `BelGov-Related-Trace-Id`. What is no UUID is passed over
                 * @example 6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506
                 */
                "BelGov-Trace-Id"?: components["parameters"]["traceId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EligibilityRequest"];
            };
        };
        responses: {
            /** @description What was decided, by which rules, on what grounds */
            200: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    "Content-Language": components["headers"]["Content-Language"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decision"];
                };
            };
            /** @description Bad Request: The input is incorrect. `issues` says which member and why; correct it and ask again. */
            400: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `urn:problem-type:belgif:noAccessToken`: Send an access token: Authorization: Bearer followed by the token.
             *     - `urn:problem-type:belgif:invalidAccessToken`: The access token is malformed, revoked, or not meant for this service. Request a new one.
             *     - `urn:problem-type:belgif:expiredAccessToken`: The access token has expired. Request a new one and ask again.
             */
            401: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `urn:problem-type:belgif:missingScope`: The access token lacks the scope of this service. Have it granted to your client.
             *     - `urn:problem-type:belgif:missingPermission`: The client may not use this rule set, or the case handler’s role is not allowed to ask.
             */
            403: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Payload Too Large: The body may have at most 16 KiB, the headers as much. */
            413: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type: Send the body as application/json. */
            415: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests: Your client asked more often than it may. Retry after the seconds in Retry-After. */
            429: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error: Something went wrong on our side. Report the instance. */
            500: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `urn:problem-type:belgif:badGateway`: LED gave an answer that cannot be used. This says nothing about the person’s diplomas. Report the instance.
             *     - `urn:problem-type:zorg:ledRegistrationMissing`: The person’s file is not registered with MAGDA, so LED may not be asked. Register it first, then ask again. This says nothing about the person’s diplomas.
             */
            502: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable: No decision can be given at this moment; this says nothing about the person’s diplomas. Retry after the seconds in Retry-After. */
            503: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LED Timeout: LED did not answer in time; this says nothing about the person’s diplomas. Ask again later. */
            504: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description Any other problem; what any path can answer with:
             *
             *     - `urn:problem-type:belgif:resourceNotFound`: There is nothing at this path. /doc lists what there is.
             *     - `urn:problem-type:zorg:methodNotAllowed`: This path does not know the method. The Allow header lists those that it knows.
             *     - `urn:problem-type:zorg:requestTimeout`: The request did not arrive in time. Send it in one go.
             */
            default: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRuleSets: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The language of the texts: Dutch (`nl`, the default) or English (`en`). Codes are the same in both
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["language"];
                /**
                 * @description A UUID of yours; the answer repeats it as `BelGov-Related-Trace-Id`. What is no UUID is passed over
                 * @example 6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506
                 */
                "BelGov-Trace-Id"?: components["parameters"]["traceId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every version of every rule set */
            200: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    "Content-Language": components["headers"]["Content-Language"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleSets"];
                };
            };
            /**
             * @description Any other problem; what any path can answer with:
             *
             *     - `urn:problem-type:belgif:badRequest`: The input is incorrect. `issues` says which member and why; correct it and ask again.
             *     - `urn:problem-type:belgif:resourceNotFound`: There is nothing at this path. /doc lists what there is.
             *     - `urn:problem-type:zorg:methodNotAllowed`: This path does not know the method. The Allow header lists those that it knows.
             *     - `urn:problem-type:zorg:requestTimeout`: The request did not arrive in time. Send it in one go.
             *     - `urn:problem-type:belgif:payloadTooLarge`: The body may have at most 16 KiB, the headers as much.
             *     - `urn:problem-type:belgif:internalServerError`: Something went wrong on our side. Report the instance.
             */
            default: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRuleSet: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The language of the texts: Dutch (`nl`, the default) or English (`en`). Codes are the same in both
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["language"];
                /**
                 * @description A UUID of yours; the answer repeats it as `BelGov-Related-Trace-Id`. What is no UUID is passed over
                 * @example 6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506
                 */
                "BelGov-Trace-Id"?: components["parameters"]["traceId"];
            };
            path: {
                /** @description The rule set’s `id`, such as `begeleider-ama` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One rule set in full: what is law and policy here, word by word */
            200: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    "Content-Language": components["headers"]["Content-Language"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleSetDetail"];
                };
            };
            /** @description Resource Not Found: There is nothing at this path. /doc lists what there is. */
            404: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description Any other problem; what any path can answer with:
             *
             *     - `urn:problem-type:belgif:badRequest`: The input is incorrect. `issues` says which member and why; correct it and ask again.
             *     - `urn:problem-type:zorg:methodNotAllowed`: This path does not know the method. The Allow header lists those that it knows.
             *     - `urn:problem-type:zorg:requestTimeout`: The request did not arrive in time. Send it in one go.
             *     - `urn:problem-type:belgif:payloadTooLarge`: The body may have at most 16 KiB, the headers as much.
             *     - `urn:problem-type:belgif:internalServerError`: Something went wrong on our side. Report the instance.
             */
            default: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A UUID of yours; the answer repeats it as `BelGov-Related-Trace-Id`. What is no UUID is passed over
                 * @example 6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506
                 */
                "BelGov-Trace-Id"?: components["parameters"]["traceId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How the service is, judged from real calls; LED is never called to find out */
            200: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description How the service is, judged from real calls; LED is never called to find out */
            503: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /**
             * @description Any other problem; what any path can answer with:
             *
             *     - `urn:problem-type:belgif:badRequest`: The input is incorrect. `issues` says which member and why; correct it and ask again.
             *     - `urn:problem-type:belgif:resourceNotFound`: There is nothing at this path. /doc lists what there is.
             *     - `urn:problem-type:zorg:methodNotAllowed`: This path does not know the method. The Allow header lists those that it knows.
             *     - `urn:problem-type:zorg:requestTimeout`: The request did not arrive in time. Send it in one go.
             *     - `urn:problem-type:belgif:payloadTooLarge`: The body may have at most 16 KiB, the headers as much.
             *     - `urn:problem-type:belgif:internalServerError`: Something went wrong on our side. Report the instance.
             */
            default: {
                headers: {
                    "BelGov-Trace-Id": components["headers"]["BelGov-Trace-Id"];
                    "BelGov-Related-Trace-Id": components["headers"]["BelGov-Related-Trace-Id"];
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
