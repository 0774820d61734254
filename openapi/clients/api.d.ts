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
         * @description The service asks LED for the person’s diplomas and judges each of them by the rule set. It answers with the outcome, the reasons, and those data of the relevant diplomas that you may see.
         *
         *     A failure of LED is a problem, never an outcome. The service stores nothing but the audit trail, so it is safe to ask again. Each question is audited, and each asks LED again.
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
         * List every version of every rule set
         * @description Shows the recognitions that this installation can decide on, and the dates of each version: past, in force, future and on trial.
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
    "/ruleSets/{ruleSetId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one rule set in full
         * @description Shows the version that is in force today. If there is none, it shows the version that starts last.
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
    "/ruleSets/{ruleSetId}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the file of one version of a rule set
         * @description Returns the file byte for byte, so that anyone can compute the digest that decisions name: the SHA-256 of its canonical JSON (RFC 8785).
         */
        get: operations["getRuleSetVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/doc/receipt-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the public keys of receipts
         * @description With these keys anyone can check the `Decision-Receipt` of an answer, also years later. Keep a copy of the set, add the keys that are new, and remove none: receipts of earlier years need the keys of then.
         */
        get: operations["listReceiptKeys"];
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
         * Show the state of the service
         * @description For your own monitoring. It is always worth asking for a decision: health is about the last minute, not about your question.
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
        /** @description A free text that LED adds to a diploma */
        AdditionalText: {
            /** @description What the text is about */
            type?: string;
            /** @description The text */
            inhoud?: string;
        };
        /** @description What article 3 of the protocol lets the department see of one diploma, under the Dutch names of the protocol. The values are those of LED, also `NBS` (“niet beschikbaar”); what LED leaves out is left out here. This is personal data: show it to the case handler. If you keep the body for its receipt, keep no other copy. */
        Attributes: {
            /** @description Language of the studies: Taalcode, ISO 639-3, such as `nld` */
            taal?: string;
            /** @description Country where it was obtained: Landcode, ISO 3166-1 alpha-3; only `BEL` counts without equivalence */
            land?: string;
            /** @description Kind of education, such as `Hoger onderwijs` (may count) or `Secundair onderwijs` (is too low) */
            categorie?: string;
            /** @description Degree, such as `Professionele bachelor`. The level of an old degree depends on its date and institution: see the rule set */
            graad?: string;
            /** @description Form of secondary education, such as `BSO`; it has no meaning for higher education */
            onderwijsvorm?: string;
            /** @description Kind of proof (Bewijstype): `Diploma`, `Gelijkwaardigheid` (a decision that a foreign diploma is equivalent), and others */
            typeBewijs?: string;
            /** @description Whether the studies were completed: `Eindbewijs` (yes) or `Tussenbewijs` (no) */
            staatBewijs?: string;
            /** @description Kind of institution that issued it, such as `Hogeschool` */
            instantie?: string;
            /** @description Kind of school (Schooltype), more precise than `instantie` */
            typeSchool?: string;
            /** @description What the studies were about. A rule set lists the codes (six digits) that count */
            onderwerp?: components["schemas"]["CodeAndName"];
            /** @description Field of study. It should be the first three digits of the subject; if it is not, a person has to look */
            iscedStudiegebied?: components["schemas"]["CodeAndName"];
            /** @description Level by ISCED 1997. `5A` and `5B` may be bachelor, master or HBO5, so it seldom decides */
            iscedNiveau?: components["schemas"]["CodeAndName"];
            /** @description Level by the Flemish qualification structure, 1 to 8 (6 bachelor, 7 master); `NBS` means that there is none */
            vksNiveauOnderwijskwalificatie?: components["schemas"]["CodeAndName"];
            /** @description Level of a professional qualification; never used to decide */
            vksNiveauBeroepskwalificatie?: components["schemas"]["CodeAndName"];
            /** @description Day of issue, as far as LED knows it: `yyyy-mm-dd`, `yyyy-mm` or `yyyy`; missing if the year is not known */
            uitreikingsdatum?: string;
            /** @description Full name of the diploma, as printed on it; a case handler recognises the diploma by it */
            volledigeNaam?: string;
            /** @description Free text that LED adds, for people; never used to decide */
            bijkomendeInformatie?: components["schemas"]["AdditionalText"][];
        };
        /** @description Foreign degrees with a level by law */
        AutomaticRecognition: {
            /** @description Codes of Land. The law recognises the level of a higher education degree from these countries */
            countries: string[];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            source?: string[];
        };
        /** @description Kinds of education (Categorie) with the same level */
        CategoryGroup: {
            /** @description Names as LED writes them */
            names: string[];
            /** @description The level of these categories */
            range?: components["schemas"]["LevelRange"];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            source?: string[];
        };
        /** @description A code of LED and its name. LED may leave out either */
        CodeAndName: {
            /** @description The code, as LED gave it */
            code?: string;
            /** @description The name that belongs to the code, in Dutch */
            naam?: string;
        };
        /** @description What a date of issue after today means */
        DatesInFuture: {
            /** @description A person looks at a proof whose date of issue lies after today */
            verdict: string;
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            source?: string[];
        };
        /** @description What was decided, by which rules, and why */
        Decision: {
            /**
             * Format: uuid
             * @description Identifies this decision (UUID v7), also in the audit trail. Record it with the file, whatever the outcome
             */
            decisionId: string;
            /**
             * Format: date-time
             * @description When, in UTC. A decision is about what LED contained at that moment
             */
            decidedAt: string;
            outcome: components["schemas"]["Outcome"];
            /**
             * @description Why this outcome. The first reason is what the proofs in LED show. The others are reservations: read them also when the outcome is `eligible`:
             *     - `diplomaMatches`: LED holds a diploma with an accepted subject and at least VKS level 6 (bachelor): this proves the diploma condition.
             *     - `diplomaNeedsReview`: LED holds a proof that may qualify, but its data are not clear.
             *     - `noQualifyingDiploma`: The proofs on an accepted subject in LED are not enough.
             *     - `noRelevantDiplomaInLed`: No diploma with an accepted subject was found in LED for this person.
             *     - `ledWarning`: LED gave a warning with its answer: the answer may be incomplete or wrong.
             *     - `answerMayBeTruncated`: LED gave as many proofs as it gives at once (99), or said that there are more: proofs may be missing.
             *     - `otherHolderInAnswer`: LED also gave proofs that belong to another INSZ: these were neither used nor shown.
             */
            reasons: components["schemas"]["Reason"][];
            ruleSet: components["schemas"]["RuleSetReference"];
            /**
             * Format: date
             * @description The rules of this day were applied: the day of the request, or today in Brussels
             */
            referenceDate: string;
            /** @description First what counts (`match`), then what a case handler has to judge (`review`); in each group the newest first. May be empty */
            diplomas: components["schemas"]["Diploma"][];
            /** @description Proofs on an accepted subject that are not enough. Only the reasons: what proves nothing is not passed on */
            rejected: components["schemas"]["RejectedRecord"][];
            /**
             * @description What the case handler can do next; empty when the outcome is `eligible`:
             *     - `confirmAuthenticity`: A diploma that is not yet confirmed counts once the institution that issued it confirms it.
             *     - `equivalenceDecision`: A foreign diploma counts if a decision declares it equivalent to at least VKS level 6 (bachelor).
             *     - `confirmDate`: A diploma whose date is missing or wrong may count once its date of issue is certain.
             *     - `reviewDiplomas`: Look at the diplomas in this answer and judge whether one meets the condition: an accepted subject and at least VKS level 6 (bachelor).
             *     - `attachDiploma`: Ask the applicant to attach the diploma to the file if LED does not hold it, or not completely.
             *     - `careExperience`: Point the applicant to the other possibility: experience in giving care to the target group, as the law describes it, can take the place of a diploma.
             */
            followUp: components["schemas"]["Reason"][];
        };
        /** @description The level of a degree, under conditions */
        DegreeClause: {
            /** @description The institution that issued the proof */
            institution?: components["schemas"]["InstitutionCondition"];
            /** @description The year in which the proof was issued */
            year?: components["schemas"]["YearCondition"];
            /** @description The level of a degree that fits */
            range: components["schemas"]["LevelRange"];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            source?: string[];
        };
        /** @description Degrees (Graad) with the same level */
        DegreeGroup: {
            /** @description Names as LED writes them */
            names: string[];
            /** @description Read in this order: the first clause that fits gives the range */
            clauses: components["schemas"]["DegreeClause"][];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            source?: string[];
        };
        /** @description A proof in LED that counts or may count, with the attributes that may be seen */
        Diploma: {
            /**
             * @description `match`: this diploma alone proves the condition. `review`: a case handler has to judge it; `reasons` says why
             * @enum {string}
             */
            verdict: "match" | "review";
            /**
             * @description For a match, the one value that proves the level:
             *     - `levelByVks`: By the VKS level in LED this diploma is of at least VKS level 6 (bachelor).
             *     - `levelByIsced2011`: By the ISCED 2011 level in LED this diploma is of at least VKS level 6 (bachelor).
             *     - `levelByDegree`: By the degree in LED this diploma is of at least VKS level 6 (bachelor).
             *     - `levelByCategory`: By the category in LED this diploma is of at least VKS level 6 (bachelor).
             *     - `levelByIsced1997`: By the ISCED 1997 level in LED this diploma is of at least VKS level 6 (bachelor).
             *
             *     For a review, everything that needs a look:
             *     - `unknownStatus`: The status of this proof is missing in LED or unknown.
             *     - `unknownProofState`: LED does not say clearly whether this proof is final.
             *     - `equivalenceDecision`: This is a decision on equivalence.
             *     - `unknownProofType`: The kind of proof is missing in LED or unknown.
             *     - `unknownCategory`: The category of this proof is missing in LED or unknown.
             *     - `levelConflict`: The data about the level in LED contradict each other.
             *     - `levelOpen`: The data in LED do not show whether the level is enough: old and new degrees sometimes share a name.
             *     - `levelUnknown`: LED holds no usable data about the level of this diploma.
             *     - `selfDeclared`: This proof rests on the applicant's own declaration.
             *     - `unknownAuthenticity`: LED does not confirm that this proof is authentic.
             *     - `unknownCountry`: LED does not say in which country this diploma was obtained.
             *     - `foreignLevelRecognised`: This diploma comes from a country whose levels of higher education the law recognises automatically.
             *     - `foreignWithoutEquivalence`: LED lists another country than Belgium for this diploma, and this proof is no decision on its equivalence.
             *     - `subjectFieldMismatch`: The subject and the ISCED field of this proof do not go together.
             *     - `subjectUnderReview`: Diplomas on this subject are always looked at by a case handler.
             *     - `awardDateInFuture`: According to LED, the date of issue of this proof lies in the future.
             */
            reasons: components["schemas"]["Reason"][];
            /** @description The statutory domain of the subject, such as `sociaal`. The rule set gives each subject its domain */
            domain: string;
            attributes: components["schemas"]["Attributes"];
        };
        /** @description The person, who asks, and the rules to decide by */
        EligibilityRequest: {
            /** @description The person’s INSZ: exactly 11 digits without punctuation. It is a string because leading zeros count. Its check digits and date are verified before LED is asked */
            insz: string;
            /**
             * CaseHandler
             * @description Who asks (protocol, articles 4 and 6). Required unless the access token names the person. If both do, they must agree
             */
            caseHandler?: {
                /** @description Your own lasting identifier of the civil servant. It is written to the audit trail: use no name and no personal number. One that holds eleven digits in a row, or an INSZ in any notation, is written as an HMAC, unless it is a UUID */
                id: string;
                /** @description The role in which the civil servant asks. Some installations allow certain roles only (ask the operator which), and where the access token names the civil servant only its own role counts for that. Eleven digits in a row are refused, also with separators if they can be an INSZ */
                role?: string | null;
            } | null;
            /** @description Your file number, for the audit trail. It is logged, so it must not be an INSZ: eleven digits in a row are refused. Digits with separators that can be an INSZ are taken, and written as an HMAC */
            caseReference?: string | null;
            /** @description The `id` of the rule set to decide by, see `GET /ruleSets`. If you leave it out: the default of this installation */
            ruleSet?: string | null;
            /**
             * Format: date
             * @description Selects the version of the rule set that is in force on that day, for example the day of the application. It must not be after today. If you leave it out: today in Brussels. It does not affect LED, which always answers with what it holds now
             */
            referenceDate?: string | null;
        };
        /** @description The state of the service, judged from real calls. LED is never called to find out */
        Health: {
            /**
             * @description - `UP`: ask.
             *     - `DEGRADED`: ask, but expect problems or delays: many of the last minute’s calls to LED failed or were slow.
             *     - `DOWN`: every question is answered with 503, because the service decides nothing that it cannot audit.
             * @enum {string}
             */
            status: "UP" | "DEGRADED" | "DOWN";
        };
        /** @description One thing that is wrong with the input */
        InputValidationIssue: {
            /**
             * Format: uri
             * @description What is wrong with the input. New types may appear:
             *     - `urn:problem-type:belgif:input-validation:schemaViolation`: the member is missing, or does not have the required form
             *     - `urn:problem-type:belgif:input-validation:invalidInput`: the form is right, but the value is not possible
             *     - `urn:problem-type:belgif:input-validation:unknownInput`: there is a member or a query parameter that this API does not know; `name` is its name, or its parent if the name is not 1 to 32 letters
             *     - `urn:problem-type:belgif:input-validation:referencedResourceNotFound`: the value refers to something that does not exist
             *     - `urn:problem-type:cbss:input-validation:canceledSsin`: the INSZ was cancelled; look for the right one in your file
             *     - `urn:problem-type:cbss:input-validation:replacedSsin`: the INSZ was replaced by another; update your file
             */
            type: string;
            /** @description The part of the request: `body`, `header`, `path` or `query`. New values may appear */
            in: string;
            /** @description The path of the member, such as `caseHandler.id`, or the name of the parameter. `body` is the whole body. The value is never repeated */
            name: string;
            /** @description The kind of issue in a few English words, fixed by `type` */
            title: string;
            /** @description What is wrong here, in English, for a developer. The text may change: do not parse it */
            detail: string;
            /**
             * @description For an INSZ: the first rule that it breaks. New codes may appear
             *     - `format`: must be a string of exactly 11 digits
             *     - `month`: has a month that no INSZ has
             *     - `checksum`: has check digits that do not fit: look for a typing error
             *     - `date`: holds a day that does not exist
             *     - `serial`: has a serial number that is not given out
             *     - `future`: holds a birth date after today
             */
            code?: string;
        };
        /** @description A condition on the institution */
        InstitutionCondition: {
            /** @description The Instantie is one of `higherEducation` */
            isOneOf?: string;
            /** @description The name of the Instantie contains one of these */
            containsOneOf?: string[];
        };
        /** @description Programmes that do not complete a level */
        InsufficientProgrammes: {
            /** @description A code of three digits that ends in one of these says nothing about the level */
            isced2011ThirdDigits: string[];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            source?: string[];
        };
        /** @description VKS levels from `low` to `high`, both included */
        LevelRange: {
            /**
             * Format: int32
             * @description The lowest VKS level that is possible
             */
            low: number;
            /**
             * Format: int32
             * @description The highest
             */
            high: number;
        };
        /** @description A text in Dutch and in English */
        LocalizedText: {
            /** @description In Dutch */
            nl: string;
            /** @description In English */
            en: string;
        };
        /**
         * @description - `eligible`: LED proves the diploma condition. Record the decision with its `decisionId`. There is no need to ask for a diploma.
         *     - `manualReview`: LED holds something that may prove it, or its answer is in doubt. A case handler judges the `diplomas`. Never decide without a case handler.
         *     - `notDemonstrated`: LED does not prove it. **This is not a refusal**: LED is not complete. Ask the applicant for the diploma or for proof of experience.
         * @enum {string}
         */
        Outcome: "eligible" | "manualReview" | "notDemonstrated";
        /** @description An answer that is not a success (RFC 9457). `type` says what kind. It never holds an INSZ. */
        Problem: {
            /**
             * Format: uri
             * @description The kind of problem. Let your program switch on it, and on `status` for types that it does not know. New types may appear:
             *     - `urn:problem-type:belgif:badRequest`: 400. The input is incorrect. `issues` says which member and why.
             *     - `urn:problem-type:belgif:noAccessToken`: 401. The request has no access token.
             *     - `urn:problem-type:belgif:invalidAccessToken`: 401. The access token is malformed, revoked, or not meant for this service.
             *     - `urn:problem-type:belgif:expiredAccessToken`: 401. The access token has expired.
             *     - `urn:problem-type:belgif:missingScope`: 403. The access token lacks the scope of this service. `requiredScopes` names it.
             *     - `urn:problem-type:belgif:missingPermission`: 403. The client may not use this rule set, or the case handler’s role is not allowed to ask.
             *     - `urn:problem-type:belgif:resourceNotFound`: 404. There is nothing at this path.
             *     - `urn:problem-type:zorg:methodNotAllowed`: 405. This path does not know the method.
             *     - `urn:problem-type:zorg:notAcceptable`: 406. The header `Accept` does not allow `application/json`, and there is no other form.
             *     - `urn:problem-type:zorg:unsupportedMediaType`: 415. The body is not `application/json`, or it is compressed.
             *     - `urn:problem-type:belgif:payloadTooLarge`: 413. The body or the headers are larger than 16 KiB. `limit` is in bytes.
             *     - `urn:problem-type:zorg:requestTimeout`: 408. The request did not arrive within 8 seconds.
             *     - `urn:problem-type:belgif:tooManyRequests`: 429. Your client asked more often than it may. `limit` is the number of requests per minute.
             *     - `urn:problem-type:belgif:internalServerError`: 500. Something went wrong on our side.
             *     - `urn:problem-type:belgif:badGateway`: 502. LED gave an answer that cannot be used. This says nothing about the person’s diplomas.
             *     - `urn:problem-type:zorg:ledRegistrationMissing`: 502. The person’s file is not registered with MAGDA, so LED may not be asked. This says nothing about the person’s diplomas.
             *     - `urn:problem-type:belgif:serviceUnavailable`: 503. No decision can be given at this moment. This says nothing about the person’s diplomas.
             *     - `urn:problem-type:zorg:ledTimeout`: 504. LED did not answer in time. This says nothing about the person’s diplomas.
             */
            type: string;
            /**
             * Format: uri-reference
             * @description Where this kind of problem is explained, for people; relative to the URL of the request
             */
            href?: string;
            /** @description The kind of problem in a few English words, fixed by `type` */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status of the answer, repeated
             */
            status: number;
            /** @description What happened, in English, for a developer. The text may change: do not parse it */
            detail: string;
            /**
             * Format: uri
             * @description `urn:uuid:` and the id of this request in the audit trail. Quote it when you ask for help. Left out where the request could not be read
             */
            instance?: string;
            /** @description With 400 and 404: everything that is wrong with the input */
            issues?: components["schemas"]["InputValidationIssue"][];
            /** @description With `missingScope`: the access token needs one of these scopes */
            requiredScopes?: string[];
            /**
             * Format: int32
             * @description With 413: the most bytes that a body may have. With 429: the most requests per minute
             */
            limit?: number;
            /**
             * Format: int32
             * @description With 429 and 503: the seconds to wait, as in the header `Retry-After`
             */
            retryAfterSec?: number;
        };
        /** @description Why, for programs and for people. It contains no personal data. */
        Reason: {
            /** @description For programs. A code never changes its meaning. New codes may appear: do not fail on a code that you do not know */
            code: string;
            /** @description For people: what was found, what is needed and what to do, in the language of `Content-Language`. The text may change: show it, do not parse it */
            text: string;
        };
        /** @description A public key (RFC 8037) */
        ReceiptKey: {
            /** @description Always `OKP` */
            kty: string;
            /** @description Always `Ed25519` */
            crv: string;
            /** @description The public key */
            x: string;
            /** @description The thumbprint of the key (RFC 7638). Receipts name it */
            kid: string;
            /** @description Always `EdDSA` */
            alg: string;
            /** @description Always `sig` */
            use: string;
        };
        /** @description The keys of receipts, as a JWK set (RFC 7517) */
        ReceiptKeys: {
            /** @description Empty if this installation makes no receipts */
            keys: components["schemas"]["ReceiptKey"][];
        };
        /** @description A proof on an accepted subject that is not enough */
        RejectedRecord: {
            /**
             * @description Everything that makes the proof insufficient:
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
        };
        /** @description One rule set in full: law and policy, word by word */
        RuleSetDetail: {
            /** @description The value to send as `ruleSet` when you ask */
            id: string;
            /** @description The version of the rules (semantic versioning) */
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
             * @description The last day, included. Left out if there is no end yet
             */
            validTo?: string;
            /** @description `sha256:` and the SHA-256 of the canonical JSON of the whole file (RFC 8785). Every decision names it */
            digest: string;
            /** @description True for a version on trial. It is evaluated and counted together with the version in force, but it never answers you */
            candidate?: boolean;
            /**
             * Format: uri-reference
             * @description Where the file of this version is, relative to the URL of the request
             */
            href: string;
            /** @description The law and the protocol on which the rule set is based. The audit lines about a decision name it */
            legalBasis: string;
            /**
             * Format: int32
             * @description The lowest VKS level that qualifies: 5 graduaat (HBO5), 6 bachelor, 7 master, 8 doctor
             */
            minimumLevel: number;
            /** @description The subjects (Onderwerp) that count. A diploma on another subject is neither judged nor shown */
            subjects: components["schemas"]["Subject"][];
            /** @description Bewijstypes that are not a diploma */
            otherProofs: string[];
            /** @description Instanties that give only higher education */
            higherEducation: string[];
            /** @description Known Categorieën. Without a range they say nothing about the level */
            categories: components["schemas"]["CategoryGroup"][];
            /** @description Known Graden. The level may depend on the institution and the year */
            degrees: components["schemas"]["DegreeGroup"][];
            /** @description Foreign degrees whose level needs no decision on equivalence. A person still looks at the content */
            automaticRecognition?: components["schemas"]["AutomaticRecognition"];
            /** @description Programmes that are insufficient for completion of their ISCED 2011 level */
            insufficientProgrammes?: components["schemas"]["InsufficientProgrammes"];
            /** @description If left out, a date in the future has no consequence */
            datesInFuture?: components["schemas"]["DatesInFuture"];
            /** @description The version that this one corrects, with the same `validFrom`. What is replaced never answers, and stays listed */
            replaces?: string;
            /** @description The sources of the rules. Every file needs them, except `begeleider-ama` 1.0.0 */
            sources?: components["schemas"]["Source"][];
            /** @description The sources of the minimum, of the lists of single names, of the domains, and of how VKS and ISCED levels are read */
            sourceOf?: components["schemas"]["SourcesOfLists"];
            /** @description Every code that can occur in a decision, with its text */
            reasons: components["schemas"]["Reason"][];
            /** @description The steps that can follow a decision. `equivalenceDecision` is also the code of a reason */
            followUp: components["schemas"]["Reason"][];
        };
        /** @description The file of one version of a rule set, byte for byte. `digest` is over its canonical JSON (RFC 8785). The JSON schema of these files is `openapi/rule-set.schema.json` in the repository of the service */
        RuleSetFile: {
            [key: string]: unknown;
        };
        /** @description The rules that decided; keep all three members with the decision */
        RuleSetReference: {
            /** @description Which recognition */
            id: string;
            /** @description Which version of its rules (semantic versioning) */
            version: string;
            /** @description Fingerprint of the whole text of the rules, the same as in `GET /ruleSets`: anyone can check which text decided */
            digest: string;
        };
        /** @description One version of one rule set */
        RuleSetSummary: {
            /** @description The value to send as `ruleSet` when you ask */
            id: string;
            /** @description The version of the rules (semantic versioning) */
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
             * @description The last day, included. Left out if there is no end yet
             */
            validTo?: string;
            /** @description `sha256:` and the SHA-256 of the canonical JSON of the whole file (RFC 8785). Every decision names it */
            digest: string;
            /** @description True for a version on trial. It is evaluated and counted together with the version in force, but it never answers you */
            candidate?: boolean;
            /**
             * Format: uri-reference
             * @description Where the file of this version is, relative to the URL of the request
             */
            href: string;
        };
        /** @description Every version of every rule set */
        RuleSets: {
            /** @description By id, then by the start of their period */
            items: components["schemas"]["RuleSetSummary"][];
            /**
             * Format: int32
             * @description How many versions there are
             */
            total: number;
        };
        /** @description A law, an agreement, or how this project reads them */
        Source: {
            /** @description The name by which lists, ranges and clauses refer to it */
            id: string;
            /** @description `law`; `protocol`: the agreement with AHOVOKS; `reading`: how this project reads them */
            kind: string;
            /** @description What it is, or what was read and why */
            text: components["schemas"]["LocalizedText"];
            /** @description Where it can be read */
            address?: string;
        };
        /** @description The ids of the sources of whole lists */
        SourcesOfLists: {
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            minimumLevel?: string[];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            subjects?: string[];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            domains?: string[];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            vks?: string[];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            isced2011?: string[];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            isced1997?: string[];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            otherProofs?: string[];
            /** @description Where this comes from: ids of `sources`. Every list, range and clause names at least one */
            higherEducation?: string[];
        };
        /** @description A subject (Onderwerp) that counts */
        Subject: {
            /** @description Code of the Onderwerp, six digits */
            code: string;
            /** @description Name of the Onderwerp, in Dutch */
            label: string;
            /** @description The statutory domain of the subject, as shown in the answer */
            domain: string;
            /** @description If true, a person looks at every diploma on this subject */
            review?: boolean;
        };
        /** @description A condition on the year of issue */
        YearCondition: {
            /**
             * Format: int32
             * @description This year or earlier
             */
            atMost?: number;
            /**
             * Format: int32
             * @description This year or later
             */
            atLeast?: number;
        };
    };
    responses: never;
    parameters: {
        /**
         * @description The language of the texts: Dutch (`nl`, the default) or English (`en`). The codes are the same in both languages
         * @example en
         */
        AcceptLanguage: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description The language of every `text` and `title`: `nl` or `en`
         * @example en
         */
        ContentLanguage: string;
        /**
         * @description A signed receipt of this answer, if the installation makes receipts: a compact JWS (EdDSA) whose `commitment` is the SHA-256 (base64url) of its `salt` and the bytes of this body. Keep it and the body, byte for byte, with the file: with both, and the keys of `GET /doc/receipt-keys`, anyone can prove later what was answered
         * @example eyJhbGciOiJFZERTQSIsInR5cCI6ImRlY2lzaW9uLXJlY2VpcHQrand0Iiwia2lkIjoidHFKbXlMX0N6ODRSV1JJdGdOOXJldlVxSE1tenVIRlFtd045TGtfeHQwZyJ9.eyJpc3MiOiJsZWQtZWxpZ2liaWxpdHkiLCJqdGkiOiIwMTlhYjAwMC00ZDJhLTdjM2UtOWYxMC01YjJjOGQ3ZTZmMDEifQ.MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMw
         */
        DecisionReceipt: string;
        /**
         * @description Seconds to wait before you ask again
         * @example 5
         */
        RetryAfter: number;
        /**
         * @description The kind of credentials that is required, and what was wrong with yours (RFC 6750). A 403 for a missing permission does not have it
         * @example Bearer realm="led-eligibility", error="invalid_token", error_description="The access token has expired."
         */
        WwwAuthenticate: string;
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
                 * @description The language of the texts: Dutch (`nl`, the default) or English (`en`). The codes are the same in both languages
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["AcceptLanguage"];
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
            /** @description What was decided, by which rules, and why */
            200: {
                headers: {
                    "Content-Language": components["headers"]["ContentLanguage"];
                    "Decision-Receipt": components["headers"]["DecisionReceipt"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decision"];
                };
            };
            /** @description Bad Request: The input is incorrect. `issues` says which member and why. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `urn:problem-type:belgif:noAccessToken`: The request has no access token.
             *     - `urn:problem-type:belgif:invalidAccessToken`: The access token is malformed, revoked, or not meant for this service.
             *     - `urn:problem-type:belgif:expiredAccessToken`: The access token has expired.
             */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `urn:problem-type:belgif:missingScope`: The access token lacks the scope of this service. `requiredScopes` names it.
             *     - `urn:problem-type:belgif:missingPermission`: The client may not use this rule set, or the case handler’s role is not allowed to ask.
             */
            403: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Acceptable: The header `Accept` does not allow `application/json`, and there is no other form. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Payload Too Large: The body or the headers are larger than 16 KiB. `limit` is in bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type: The body is not `application/json`, or it is compressed. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests: Your client asked more often than it may. `limit` is the number of requests per minute. */
            429: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description - `urn:problem-type:belgif:badGateway`: LED gave an answer that cannot be used. This says nothing about the person’s diplomas.
             *     - `urn:problem-type:zorg:ledRegistrationMissing`: The person’s file is not registered with MAGDA, so LED may not be asked. This says nothing about the person’s diplomas.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable: No decision can be given at this moment. This says nothing about the person’s diplomas. */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LED Timeout: LED did not answer in time. This says nothing about the person’s diplomas. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description Any other problem. Every path can answer with these:
             *
             *     - `urn:problem-type:belgif:resourceNotFound`: There is nothing at this path.
             *     - `urn:problem-type:zorg:methodNotAllowed`: This path does not know the method.
             *     - `urn:problem-type:zorg:requestTimeout`: The request did not arrive within 8 seconds.
             */
            default: {
                headers: {
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
                 * @description The language of the texts: Dutch (`nl`, the default) or English (`en`). The codes are the same in both languages
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["AcceptLanguage"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every version of every rule set */
            200: {
                headers: {
                    "Content-Language": components["headers"]["ContentLanguage"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleSets"];
                };
            };
            /** @description Bad Request: The input is incorrect. `issues` says which member and why. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Acceptable: The header `Accept` does not allow `application/json`, and there is no other form. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description Any other problem. Every path can answer with these:
             *
             *     - `urn:problem-type:belgif:resourceNotFound`: There is nothing at this path.
             *     - `urn:problem-type:zorg:methodNotAllowed`: This path does not know the method.
             *     - `urn:problem-type:zorg:requestTimeout`: The request did not arrive within 8 seconds.
             *     - `urn:problem-type:belgif:payloadTooLarge`: The body or the headers are larger than 16 KiB. `limit` is in bytes.
             *     - `urn:problem-type:belgif:internalServerError`: Something went wrong on our side.
             */
            default: {
                headers: {
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
                 * @description The language of the texts: Dutch (`nl`, the default) or English (`en`). The codes are the same in both languages
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["AcceptLanguage"];
            };
            path: {
                /** @description The `id` of the rule set, such as `begeleider-ama` */
                ruleSetId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One rule set in full: law and policy, word by word */
            200: {
                headers: {
                    "Content-Language": components["headers"]["ContentLanguage"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleSetDetail"];
                };
            };
            /** @description Bad Request: The input is incorrect. `issues` says which member and why. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Resource Not Found: There is nothing at this path. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Acceptable: The header `Accept` does not allow `application/json`, and there is no other form. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description Any other problem. Every path can answer with these:
             *
             *     - `urn:problem-type:zorg:methodNotAllowed`: This path does not know the method.
             *     - `urn:problem-type:zorg:requestTimeout`: The request did not arrive within 8 seconds.
             *     - `urn:problem-type:belgif:payloadTooLarge`: The body or the headers are larger than 16 KiB. `limit` is in bytes.
             *     - `urn:problem-type:belgif:internalServerError`: Something went wrong on our side.
             */
            default: {
                headers: {
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRuleSetVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `id` of the rule set, such as `begeleider-ama` */
                ruleSetId: string;
                /** @description The version, such as `1.0.0` */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file of one version of a rule set, byte for byte. `digest` is over its canonical JSON (RFC 8785). The JSON schema of these files is `openapi/rule-set.schema.json` in the repository of the service */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleSetFile"];
                };
            };
            /** @description Bad Request: The input is incorrect. `issues` says which member and why. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Resource Not Found: There is nothing at this path. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Acceptable: The header `Accept` does not allow `application/json`, and there is no other form. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description Any other problem. Every path can answer with these:
             *
             *     - `urn:problem-type:zorg:methodNotAllowed`: This path does not know the method.
             *     - `urn:problem-type:zorg:requestTimeout`: The request did not arrive within 8 seconds.
             *     - `urn:problem-type:belgif:payloadTooLarge`: The body or the headers are larger than 16 KiB. `limit` is in bytes.
             *     - `urn:problem-type:belgif:internalServerError`: Something went wrong on our side.
             */
            default: {
                headers: {
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReceiptKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys of receipts, as a JWK set (RFC 7517) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceiptKeys"];
                };
            };
            /**
             * @description Any other problem. Every path can answer with these:
             *
             *     - `urn:problem-type:belgif:badRequest`: The input is incorrect. `issues` says which member and why.
             *     - `urn:problem-type:belgif:resourceNotFound`: There is nothing at this path.
             *     - `urn:problem-type:zorg:methodNotAllowed`: This path does not know the method.
             *     - `urn:problem-type:zorg:requestTimeout`: The request did not arrive within 8 seconds.
             *     - `urn:problem-type:belgif:payloadTooLarge`: The body or the headers are larger than 16 KiB. `limit` is in bytes.
             *     - `urn:problem-type:belgif:internalServerError`: Something went wrong on our side.
             */
            default: {
                headers: {
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
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state of the service, judged from real calls. LED is never called to find out */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description The state of the service, judged from real calls. LED is never called to find out */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /**
             * @description Any other problem. Every path can answer with these:
             *
             *     - `urn:problem-type:belgif:badRequest`: The input is incorrect. `issues` says which member and why.
             *     - `urn:problem-type:belgif:resourceNotFound`: There is nothing at this path.
             *     - `urn:problem-type:zorg:methodNotAllowed`: This path does not know the method.
             *     - `urn:problem-type:zorg:requestTimeout`: The request did not arrive within 8 seconds.
             *     - `urn:problem-type:belgif:payloadTooLarge`: The body or the headers are larger than 16 KiB. `limit` is in bytes.
             *     - `urn:problem-type:belgif:internalServerError`: Something went wrong on our side.
             */
            default: {
                headers: {
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
