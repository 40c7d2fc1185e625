--
-- PostgreSQL database dump
--


-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: decisions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.decisions (
    number integer NOT NULL,
    at timestamp with time zone NOT NULL,
    verdict text NOT NULL,
    actor text NOT NULL,
    experiment text,
    subject text,
    before text,
    after text,
    reasons text[] NOT NULL,
    figures jsonb NOT NULL,
    undo text,
    undoes integer,
    asks_training boolean NOT NULL,
    done boolean NOT NULL
);


--
-- Name: drift_reports; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.drift_reports (
    day date NOT NULL,
    at timestamp with time zone NOT NULL,
    detected boolean NOT NULL,
    report jsonb NOT NULL
);


--
-- Name: feedback; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.feedback (
    id text NOT NULL,
    at timestamp with time zone NOT NULL,
    prediction_id uuid NOT NULL,
    type text NOT NULL,
    value double precision,
    text text,
    sold_on date,
    price_source text,
    visitor text,
    signed boolean NOT NULL,
    address_hash text,
    network_hash text,
    CONSTRAINT feedback_type_check CHECK ((type = ANY (ARRAY['rating'::text, 'accurate'::text, 'too_high'::text, 'too_low'::text, 'actual_price'::text])))
);


--
-- Name: predictions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.predictions (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    slot text NOT NULL,
    model_version text,
    status smallint NOT NULL,
    latency_ms double precision NOT NULL,
    visitor text,
    signed boolean NOT NULL,
    address_hash text,
    network_hash text,
    assigned_arm text,
    experiment text,
    inputs jsonb NOT NULL,
    locality text,
    area double precision,
    bedrooms integer,
    bathrooms integer,
    price double precision,
    low double precision,
    high double precision,
    CONSTRAINT predictions_slot_check CHECK ((slot = ANY (ARRAY['production'::text, 'candidate'::text])))
)
PARTITION BY RANGE (at);


--
-- Name: predictions_default; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.predictions_default (
    id uuid CONSTRAINT predictions_id_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT predictions_at_not_null NOT NULL,
    slot text CONSTRAINT predictions_slot_not_null NOT NULL,
    model_version text,
    status smallint CONSTRAINT predictions_status_not_null NOT NULL,
    latency_ms double precision CONSTRAINT predictions_latency_ms_not_null NOT NULL,
    visitor text,
    signed boolean CONSTRAINT predictions_signed_not_null NOT NULL,
    address_hash text,
    network_hash text,
    assigned_arm text,
    experiment text,
    inputs jsonb CONSTRAINT predictions_inputs_not_null NOT NULL,
    locality text,
    area double precision,
    bedrooms integer,
    bathrooms integer,
    price double precision,
    low double precision,
    high double precision,
    CONSTRAINT predictions_slot_check CHECK ((slot = ANY (ARRAY['production'::text, 'candidate'::text])))
);


--
-- Name: predictions_y2026m11; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.predictions_y2026m11 (
    id uuid CONSTRAINT predictions_id_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT predictions_at_not_null NOT NULL,
    slot text CONSTRAINT predictions_slot_not_null NOT NULL,
    model_version text,
    status smallint CONSTRAINT predictions_status_not_null NOT NULL,
    latency_ms double precision CONSTRAINT predictions_latency_ms_not_null NOT NULL,
    visitor text,
    signed boolean CONSTRAINT predictions_signed_not_null NOT NULL,
    address_hash text,
    network_hash text,
    assigned_arm text,
    experiment text,
    inputs jsonb CONSTRAINT predictions_inputs_not_null NOT NULL,
    locality text,
    area double precision,
    bedrooms integer,
    bathrooms integer,
    price double precision,
    low double precision,
    high double precision,
    CONSTRAINT predictions_slot_check CHECK ((slot = ANY (ARRAY['production'::text, 'candidate'::text])))
);


--
-- Name: predictions_y2026m12; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.predictions_y2026m12 (
    id uuid CONSTRAINT predictions_id_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT predictions_at_not_null NOT NULL,
    slot text CONSTRAINT predictions_slot_not_null NOT NULL,
    model_version text,
    status smallint CONSTRAINT predictions_status_not_null NOT NULL,
    latency_ms double precision CONSTRAINT predictions_latency_ms_not_null NOT NULL,
    visitor text,
    signed boolean CONSTRAINT predictions_signed_not_null NOT NULL,
    address_hash text,
    network_hash text,
    assigned_arm text,
    experiment text,
    inputs jsonb CONSTRAINT predictions_inputs_not_null NOT NULL,
    locality text,
    area double precision,
    bedrooms integer,
    bathrooms integer,
    price double precision,
    low double precision,
    high double precision,
    CONSTRAINT predictions_slot_check CHECK ((slot = ANY (ARRAY['production'::text, 'candidate'::text])))
);


--
-- Name: predictions_y2027m01; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.predictions_y2027m01 (
    id uuid CONSTRAINT predictions_id_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT predictions_at_not_null NOT NULL,
    slot text CONSTRAINT predictions_slot_not_null NOT NULL,
    model_version text,
    status smallint CONSTRAINT predictions_status_not_null NOT NULL,
    latency_ms double precision CONSTRAINT predictions_latency_ms_not_null NOT NULL,
    visitor text,
    signed boolean CONSTRAINT predictions_signed_not_null NOT NULL,
    address_hash text,
    network_hash text,
    assigned_arm text,
    experiment text,
    inputs jsonb CONSTRAINT predictions_inputs_not_null NOT NULL,
    locality text,
    area double precision,
    bedrooms integer,
    bathrooms integer,
    price double precision,
    low double precision,
    high double precision,
    CONSTRAINT predictions_slot_check CHECK ((slot = ANY (ARRAY['production'::text, 'candidate'::text])))
);


--
-- Name: predictions_y2027m02; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.predictions_y2027m02 (
    id uuid CONSTRAINT predictions_id_not_null NOT NULL,
    at timestamp with time zone CONSTRAINT predictions_at_not_null NOT NULL,
    slot text CONSTRAINT predictions_slot_not_null NOT NULL,
    model_version text,
    status smallint CONSTRAINT predictions_status_not_null NOT NULL,
    latency_ms double precision CONSTRAINT predictions_latency_ms_not_null NOT NULL,
    visitor text,
    signed boolean CONSTRAINT predictions_signed_not_null NOT NULL,
    address_hash text,
    network_hash text,
    assigned_arm text,
    experiment text,
    inputs jsonb CONSTRAINT predictions_inputs_not_null NOT NULL,
    locality text,
    area double precision,
    bedrooms integer,
    bathrooms integer,
    price double precision,
    low double precision,
    high double precision,
    CONSTRAINT predictions_slot_check CHECK ((slot = ANY (ARRAY['production'::text, 'candidate'::text])))
);


--
-- Name: predictions_default; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions ATTACH PARTITION public.predictions_default DEFAULT;


--
-- Name: predictions_y2026m11; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions ATTACH PARTITION public.predictions_y2026m11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');


--
-- Name: predictions_y2026m12; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions ATTACH PARTITION public.predictions_y2026m12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');


--
-- Name: predictions_y2027m01; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions ATTACH PARTITION public.predictions_y2027m01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');


--
-- Name: predictions_y2027m02; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions ATTACH PARTITION public.predictions_y2027m02 FOR VALUES FROM ('2027-02-01 00:00:00+00') TO ('2027-03-01 00:00:00+00');


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version (version_num) VALUES ('0002');


--
-- Data for Name: decisions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.decisions (number, at, verdict, actor, experiment, subject, before, after, reasons, figures, undo, undoes, asks_training, done) VALUES (1, '2026-11-28 09:03:53.266125+00', 'PROMOTE', 'cli:root', 'E1', 'CO1', 'BO1', 'BO2', '{"a person likes it better, for the kept state"}', '{}', 'homes undo D-0001', NULL, false, true);
INSERT INTO public.decisions (number, at, verdict, actor, experiment, subject, before, after, reasons, figures, undo, undoes, asks_training, done) VALUES (2, '2026-11-28 09:04:13.766217+00', 'ROLL_BACK', 'cli:root', 'E2', 'CO2', 'BO2', 'BO2', '{"it''s worse; \"prices\" are far off"}', '{}', 'homes undo D-0002', NULL, true, true);


--
-- Data for Name: drift_reports; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.drift_reports (day, at, detected, report) VALUES ('2026-11-28', '2026-11-28 09:04:32.832921+00', false, '{"days": 7, "status": "too few requests", "dataset": "V1", "message": "Too few requests to tell: 40 in the last 7 days, 200 are needed.", "requests": 40, "drift_indicators": {}, "overall_drift_detected": false}');


--
-- Data for Name: feedback; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('77bb1908e32dd62e81587fdc80789b6f', '2026-11-28 09:03:50.2331+00', '01a22165-806b-71c0-a266-ea19124af6d7', 'rating', 5, NULL, NULL, NULL, '12c165e1aa04aa9f448dabdf1bf6b613', false, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('757bf18ae6db97c3697f59d4f2e9a54c', '2026-11-28 09:03:50.236245+00', '01a22165-7eaf-707d-a7ae-8403de8dbfe9', 'rating', 4, 'Sold to a cousin, so perhaps a little cheap.', NULL, NULL, '12c165e1aa04aa9f448dabdf1bf6b613', true, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('0ec87609f0a482bbe48770c335287ffb', '2026-11-28 09:03:50.250009+00', '01a22165-7f17-7791-b5b4-11ad8ecafb74', 'too_low', NULL, NULL, NULL, NULL, '12c165e1aa04aa9f448dabdf1bf6b613', true, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('240c6ffd2e4d79d5617c5ab075a8ed6c', '2026-11-28 09:03:50.261357+00', '01a22165-7f88-7071-9050-f6600161d584', 'accurate', NULL, NULL, NULL, NULL, '12c165e1aa04aa9f448dabdf1bf6b613', true, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('47def8002d1f5e7e79896c488f732022', '2026-11-28 09:03:50.275898+00', '01a22165-7f82-747a-b8f2-8078a0965752', 'actual_price', 71.5, NULL, '2026-03-31', 'registered', '12c165e1aa04aa9f448dabdf1bf6b613', true, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('26dce4c40826b8086bac22934f0b967a', '2026-11-28 09:03:50.292002+00', '01a22165-7ff6-70c3-b0c2-775d0b5b0232', 'too_high', NULL, NULL, NULL, NULL, '12c165e1aa04aa9f448dabdf1bf6b613', true, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('27a7adf68f6fbebb1f6e5c0c784cd6f2', '2026-11-28 09:04:11.348657+00', '01a22165-d42e-76f9-b7f0-652fd47058c6', 'rating', 1, 'Two lines,
of which this is the second; a quote: ''it''''s fine'', 50 % sure \ done', NULL, NULL, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('e8d2d0a8c3b3944f34865cd64645c24e', '2026-11-28 09:04:11.350153+00', '01a22165-d427-7468-a2b2-d930cc33fe45', 'too_high', NULL, 'ಬೆಲೆ ಸರಿಯಾಗಿದೆ', NULL, NULL, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('7ac58bf3b2519a91e8e91f637bc663bb', '2026-11-28 09:04:30.818322+00', '01a22166-1e7c-74a6-a736-f32ddf451206', 'rating', 3, NULL, NULL, NULL, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('29c4cb4a7df24e01612caee6c39416cb', '2026-11-28 09:04:30.819993+00', '01a22166-1f2e-73f1-9990-28474a96c691', 'rating', 2, NULL, NULL, NULL, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('59df8fc0424ede400d2289915b2c7b89', '2026-11-28 09:04:30.820993+00', '01a22166-1eb5-7268-a3ba-61e2f48f7e29', 'too_low', NULL, NULL, NULL, NULL, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('eb6f7230960fcfa4e6812a5e1fd54ed7', '2026-11-28 09:04:30.824292+00', '01a22166-1f24-74e2-9bb2-a4bac3c060c5', 'accurate', NULL, 'Two lines,
of which this is the second; a quote: ''it''''s fine'', 50 % sure \ done', NULL, NULL, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('95d74b78fd150b05e1a87fe7aca95f86', '2026-11-28 09:04:30.833089+00', '01a22166-1fb5-73ee-b108-1e0fba1c69af', 'actual_price', 88, NULL, NULL, 'asked', NULL, false, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('eb29e9e644e14ebcfd989e376db88d94', '2026-11-28 09:04:30.834393+00', '01a22165-d3ca-757c-b304-1755f180a97a', 'actual_price', 132.25, NULL, '2026-01-02', 'heard', NULL, false, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('8dd5e7fa9b357a6ab8ba136307859d6e', '2026-11-28 09:04:30.883252+00', '01a22165-7ea9-730f-b0e9-5648578d16bb', 'accurate', NULL, NULL, NULL, NULL, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5');
INSERT INTO public.feedback (id, at, prediction_id, type, value, text, sold_on, price_source, visitor, signed, address_hash, network_hash) VALUES ('82ab96c6b6f2cb2f9623f8e55a20d698', '2026-11-28 09:04:30.884794+00', '01a22165-7f82-747a-b8f2-8078a0965752', 'actual_price', 60, NULL, NULL, NULL, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5');


--
-- Data for Name: predictions_default; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: predictions_y2026m11; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-25db-73b7-ba1d-3bc2aef6bdeb', '2026-11-28 09:03:26.683936+00', 'production', 'BO1', 200, 0.6755770000381744, '38a2d0ed9edda344311e1cdf8f7ebe85', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', NULL, '{"bhk": "2", "bath": "2", "location": "whitefield", "total_sqft": "1219"}', 'Whitefield', 1219, 2, 2, 66.319738607991, 48.97129580512127, 89.20970482736912);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7e64-7462-b3d0-f18bf1f2c0ee', '2026-11-28 09:03:49.348249+00', 'production', 'BO1', 422, 0.19277699993835995, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "None", "bath": "2", "kind": "flat", "balcony": "1", "society": "Sim34", "location": "Chamrajpet", "area_type": "Super built-up  Area", "total_sqft": "1417", "availability": "Ready To Move"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7e71-70d3-9822-b7e341358ec1', '2026-11-28 09:03:49.361418+00', 'production', 'BO1', 422, 0.17133600022134488, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "3", "bath": "4", "kind": "flat", "location": "Hebbal", "total_sqft": "{''sqft'': 1200}"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7e7b-779b-a201-0433189c5e49', '2026-11-28 09:03:49.371933+00', 'production', 'BO1', 422, 0.17480099995736964, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "1", "bath": "1", "balcony": "-1", "location": "Whitefield", "area_type": "Carpet  Area", "total_sqft": "619", "availability": "Ready To Move"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7e7e-74fd-b2b5-15880cb6a9f8', '2026-11-28 09:03:49.374995+00', 'production', 'BO1', 200, 0.28128000030847033, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "1", "bath": "1", "kind": "house", "balcony": "2", "society": "sim", "location": "Whitefield", "area_type": "SUPER BUILT-UP AREA", "total_sqft": "635"}', 'Whitefield', 635, 1, 1, 39.56400268774251, 30.92962299825418, 52.1160610470303);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7e9b-756f-be54-dd79e7af12ea', '2026-11-28 09:03:49.403987+00', 'production', 'BO1', 200, 0.9643089997553034, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "3", "bath": "2", "latitude": "13.0089", "location": "Sunrise Enclave", "longitude": "77.6264", "total_sqft": "2255"}', 'Sunrise Enclave', 2255, 3, 2, 130.321558826801, 78.88635721370979, 205.1147279524816);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7ea9-730f-b0e9-5648578d16bb', '2026-11-28 09:03:49.417336+00', 'production', 'BO1', 200, 0.3589950001696707, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "1", "bath": "1", "kind": "house", "location": "Hebbal", "area_type": "Super built-up  Area", "total_sqft": "956"}', 'Hebbal', 956, 1, 1, 57.660893170936255, 45.289879402234, 71.79290343358188);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7eaf-707d-a7ae-8403de8dbfe9', '2026-11-28 09:03:49.423468+00', 'production', 'BO1', 200, 0.32848000000740285, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "3", "bath": "3", "location": "Whitefield", "total_sqft": "1423"}', 'Whitefield', 1423, 3, 3, 74.18538261209436, 52.54905993967992, 101.57146413296749);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7ebc-7397-9756-a9e3db8a60ac', '2026-11-28 09:03:49.43637+00', 'production', 'BO1', 200, 0.2870779999284423, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "8", "bath": "20", "kind": "flat", "balcony": "3", "society": "Sim575", "location": "Yelahanka", "area_type": "Carpet  Area", "total_sqft": "2019", "availability": "18-Dec"}', 'Yelahanka', 2019, 8, 20, 213.14464310273056, 160.83303470649724, 292.1136934630189);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7f0e-7397-a192-f0a48bffb640', '2026-11-28 09:03:49.518947+00', 'production', 'BO1', 200, 0.2618509997773799, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "1", "bath": "1", "location": "Hebbal", "total_sqft": "34.46Sq. Meter"}', 'Hebbal', 370.923994, 1, 1, 19.4474952001676, 14.019455730431025, 26.78132492598768);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7f17-7791-b5b4-11ad8ecafb74', '2026-11-28 09:03:49.527819+00', 'production', 'BO1', 200, 0.5756089999522374, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "3", "bath": "2", "kind": "House", "balcony": "", "location": "whitefeild", "total_sqft": "1133 - 1384"}', 'Whitefield', 1258.5, 3, 2, 73.22514796344527, 52.36564260268427, 99.02628746553466);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7f25-7210-9207-dcd3614884b7', '2026-11-28 09:03:49.541661+00', 'production', 'BO1', 200, 0.253147999956127, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "1", "bath": "1", "location": "Hebbal", "total_sqft": "34.46Sq. Meter"}', 'Hebbal', 370.923994, 1, 1, 19.4474952001676, 14.019455730431025, 26.78132492598768);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7f2f-704b-996d-ce180251fbfe', '2026-11-28 09:03:49.551796+00', 'production', 'BO1', 422, 0.1467789998059743, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"location": "Hebbal"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7f82-747a-b8f2-8078a0965752', '2026-11-28 09:03:49.634533+00', 'production', 'BO1', 200, 0.26785000000018044, '99eb4bc5928f726b42d965a29b5cc764', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E1', '{"bhk": "2", "bath": "2", "kind": "flat", "balcony": "2", "society": "Sim188", "location": "Koramangala", "area_type": "Carpet  Area", "total_sqft": "1384", "availability": "Ready To Move"}', 'Koramangala', 1384, 2, 2, 112.6416758605208, 84.04965451184614, 153.52798828937438);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7f88-7071-9050-f6600161d584', '2026-11-28 09:03:49.640615+00', 'production', 'BO1', 200, 0.32427399992229766, '99eb4bc5928f726b42d965a29b5cc764', true, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E1', '{"bhk": "1", "bath": "2", "location": "Seegehalli", "area_type": "Plot  Area", "total_sqft": "879"}', 'Seegehalli', 879, 1, 2, 47.66467798265353, 32.80026396276645, 67.97886902671019);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7f91-7075-a158-cd61d9bc6954', '2026-11-28 09:03:49.649478+00', 'production', 'BO1', 422, 0.13110600002619321, '99eb4bc5928f726b42d965a29b5cc764', true, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E1', '{"bhk": "2", "bath": "2", "society": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "location": "Bannerghatta Road", "area_type": "5", "total_sqft": "1051", "availability": "[''now'']"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7fda-7592-95ad-6932aad20ea9', '2026-11-28 09:03:49.722461+00', 'production', 'BO1', 422, 0.14829100018687313, '42e628379d577e73a34efcb9574b4827', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E1', '{"bhk": "1", "bath": "0", "total_sqft": "637"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7fe6-72be-bb8c-caf67b039872', '2026-11-28 09:03:49.734861+00', 'production', 'BO1', 200, 0.375660999907268, '42e628379d577e73a34efcb9574b4827', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E1', '{"bhk": "2", "bath": "2", "kind": "flat", "location": "1st Phase JP Nagar", "total_sqft": "1234"}', '1st Phase JP Nagar', 1234, 2, 2, 76.78924144705192, 58.01696387332021, 99.03965422351529);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-7ff6-70c3-b0c2-775d0b5b0232', '2026-11-28 09:03:49.750762+00', 'production', 'BO1', 200, 0.3530260000843555, '42e628379d577e73a34efcb9574b4827', true, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E1', '{"bhk": "2", "bath": "1", "kind": "House", "balcony": "3", "society": "Sim274", "location": "Electronic City", "area_type": "Plot  Area", "total_sqft": "870", "availability": "Ready To Move"}', 'Electronic City', 870, 2, 1, 50.33676059714282, 38.49019582691451, 67.96912044382157);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-8041-76e2-9937-685b27ee9f81', '2026-11-28 09:03:49.825428+00', 'production', 'BO1', 200, 0.35559999969336786, '0c028133598e27f98813f011c8a32b61', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E1', '{"bhk": "2", "bath": "2", "balcony": "1", "location": "herohallee", "total_sqft": "1257"}', 'Herohalli', 1257, 2, 2, 59.3493614793041, 43.38342025783193, 83.08921810197532);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-8064-71db-90b5-0d26525d8124', '2026-11-28 09:03:49.86017+00', 'production', 'BO1', 422, 0.1623020002625708, '0c028133598e27f98813f011c8a32b61', true, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E1', '{"bhk": "2", "bath": "2", "kind": "flat", "balcony": "3", "society": "Sim15", "latitude": "14", "location": "Whitefield", "area_type": "Carpet  Area", "longitude": "79", "total_sqft": "1331", "availability": "Ready To Move"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-806b-71c0-a266-ea19124af6d7', '2026-11-28 09:03:49.867786+00', 'production', 'BO1', 200, 0.2579439997134614, '0c028133598e27f98813f011c8a32b61', true, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E1', '{"bhk": "3", "bath": "3", "kind": "house", "location": "Electronic City", "area_type": "Super built-up  Area", "total_sqft": "1873"}', 'Electronic City', 1873, 3, 3, 114.03833691928854, 84.79986238230278, 148.89305085286682);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-80b4-717d-8a6d-78252b49c8f7', '2026-11-28 09:03:49.940612+00', 'candidate', 'CO1', 422, 0.4293100000722916, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "3", "bath": "3", "balcony": "2", "society": "S", "latitude": "north", "location": "5th Phase JP Nagar", "area_type": "Super built-up  Area", "longitude": "77.1", "total_sqft": "1944", "availability": "Ready To Move"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-80b7-75ff-9c0a-bd1100e708b1', '2026-11-28 09:03:49.943063+00', 'candidate', 'CO1', 200, 0.5264849996819976, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "3", "bath": "3", "location": "Infantry Road", "area_type": "Super built-up  Area", "total_sqft": "1648"}', 'Infantry Road', 1648, 3, 3, 97.01664669161474, 59.55916475963749, 145.7224447105622);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-8108-710e-a17d-d02e84334f88', '2026-11-28 09:03:50.024398+00', 'production', 'BO1', 200, 0.2538879998610355, '7450964d1aa0a2d927dda61c569f7abe', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E1', '{"bhk": "2", "bath": "2", "location": "Electronic City", "total_sqft": "1025"}', 'Electronic City', 1025, 2, 2, 57.293611513287146, 42.30629456707203, 77.06824964745039);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-8151-7297-87ee-d51e831c0a60', '2026-11-28 09:03:50.09736+00', 'production', 'BO1', 200, 0.2996369998982118, 'f1956e708ec87b9b74bee657190f3403', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E1', '{"bhk": "2", "bath": "2", "kind": "house", "balcony": "2", "society": "Sim107", "latitude": "12.9756", "location": "Bannerghatta Road", "area_type": "Built-up  Area", "longitude": "77.6139", "total_sqft": "1110", "availability": "Ready To Move"}', 'Bannerghatta Road', 1110, 2, 2, 79.44677104074324, 65.0697048435346, 99.33634729420983);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d39f-749c-ab82-b36a97081fc6', '2026-11-28 09:04:11.167783+00', 'production', 'BO2', 422, 0.16311299987137318, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "0", "bath": "99", "kind": "house", "location": "", "area_type": "Super built-up  Area", "total_sqft": "-1"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d3bf-760c-94e1-7b5cbbe33791', '2026-11-28 09:04:11.199964+00', 'production', 'BO2', 422, 0.16050900012487546, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "0", "bath": "99", "kind": "flat", "location": "", "area_type": "Super built-up  Area", "total_sqft": "-1"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d3c8-7409-bbd1-3b83ac10e4b8', '2026-11-28 09:04:11.20898+00', 'production', 'BO2', 200, 0.455309000244597, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "3", "bath": "3", "balcony": "2", "society": "Sim414", "location": "Ambedkar Nagar", "total_sqft": "1896"}', 'Ambedkar Nagar', 1896, 3, 3, 133.8264307418202, 102.22299523782635, 185.25967858196591);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d3ca-757c-b304-1755f180a97a', '2026-11-28 09:04:11.210712+00', 'production', 'BO2', 200, 0.1984460000130639, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "2", "bath": "2", "location": "Hebbal", "total_sqft": "1072"}', 'Hebbal', 1072, 2, 2, 62.64256908149273, 49.746686849531734, 81.4178134576352);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d3d4-7319-8f2c-4b6cea370e0e', '2026-11-28 09:04:11.220701+00', 'production', 'BO2', 200, 0.5494189999808441, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "2", "bath": "2", "kind": "flat", "balcony": "2", "society": "Sim80", "location": "Atlantis", "area_type": "Built-up  Area", "total_sqft": "1241", "availability": "18-Dec"}', 'Atlantis', 1241, 2, 2, 70.01722285670763, 48.741243664316514, 102.11124735987379);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d3d6-7007-b777-619296c3799e', '2026-11-28 09:04:11.222344+00', 'production', 'BO2', 422, 0.06046999988029711, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "2", "bath": "0", "location": "Hebbal", "total_sqft": "1502"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d3fc-702f-bc64-1cc744ea290c', '2026-11-28 09:04:11.260879+00', 'production', 'BO2', 422, 0.1488719999542809, '70f754a1446d640ace5cfa44226c23ef', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E2', '{"bhk": "2", "bath": "2", "kind": "house", "balcony": "1.5", "location": "Marathahalli", "total_sqft": "926"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d405-768d-9cc3-6a6c66ccbf56', '2026-11-28 09:04:11.269423+00', 'production', 'BO2', 200, 0.46694699994986877, '70f754a1446d640ace5cfa44226c23ef', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E2', '{"bhk": "2", "bath": "1", "location": "7th Phase JP Nagar", "area_type": "Carpet  Area", "total_sqft": "1381"}', '7th Phase JP Nagar', 1381, 2, 1, 86.37490531910906, 67.58153096117333, 113.72408609965473);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d407-7372-80f7-7600b5d41f13', '2026-11-28 09:04:11.271505+00', 'production', 'BO2', 200, 0.30966200029070023, '70f754a1446d640ace5cfa44226c23ef', true, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E2', '{"bhk": "2", "bath": "2", "society": "Sim160", "location": "electronics city phase 1", "total_sqft": "1081", "availability": "19-Jun"}', 'Electronics City Phase 1', 1081, 2, 2, 55.34006033401431, 44.551156014574225, 70.67745883735867);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1e50-70c0-88e0-d17b344a7f98', '2026-11-28 09:04:30.288137+00', 'production', 'BO2', 422, 0.1882010001281742, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "3", "bath": "4", "kind": "flat", "balcony": "2", "society": "Sim416", "location": "Magadi Road", "area_type": "Built-up  Area", "total_sqft": "None", "availability": "18-Dec"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1e52-75af-94ca-b22917cef794', '2026-11-28 09:04:30.290167+00', 'production', 'BO2', 422, 0.11253799993937719, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "1", "bath": "1", "kind": "house", "balcony": "3", "society": "Sim100", "latitude": "12.97", "location": "Koramangala", "area_type": "Plot  Area", "total_sqft": "797", "availability": "21-May"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1e58-7483-b432-d0477deb3e05', '2026-11-28 09:04:30.296665+00', 'production', 'BO2', 422, 0.10580700018181233, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "None", "bath": "3", "location": "Bannerghatta Road", "total_sqft": "1365"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1e5f-76b2-8e1c-4b829c0edc83', '2026-11-28 09:04:30.30326+00', 'production', 'BO2', 200, 0.6631100000049628, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "2", "bath": "2", "balcony": "0", "location": "Elecronic City", "area_type": "Balcony Area", "total_sqft": "1844"}', 'Electronic City', 1844, 2, 2, 98.22603214722764, 76.20489672272662, 131.10123745232735);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1e73-7606-9c31-bba77c41490b', '2026-11-28 09:04:30.323765+00', 'production', 'BO2', 200, 0.32112899998537614, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "2", "bath": "2", "location": "Electronic City Phase II", "area_type": "Built-up  Area", "total_sqft": "1340"}', 'Electronic City Phase II', 1340, 2, 2, 48.6132952879082, 37.82785176502903, 64.40097740041915);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1e7c-74a6-a736-f32ddf451206', '2026-11-28 09:04:30.332251+00', 'production', 'BO2', 200, 0.37340700009735883, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "2", "bath": "2", "kind": "flat", "balcony": "2", "society": "Sim159", "location": "6TH PHASE JP NAGAR", "area_type": "Carpet  Area", "total_sqft": "1117", "availability": "Immediate Possession"}', '6th Phase JP Nagar', 1117, 2, 2, 62.972678171900995, 49.90214960856059, 81.86970250322804);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1ee8-7385-9ea5-13cea6633740', '2026-11-28 09:04:30.440573+00', 'production', 'BO2', 422, 0.14227200017558062, '6e94bfba27870bf0ed43228374733257', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E3', '{"bhk": "2", "bath": "2", "society": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "location": "Bannerghatta Road", "area_type": "5", "total_sqft": "1104", "availability": "[''now'']"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1ef1-7543-9cc4-6b4e0978ed11', '2026-11-28 09:04:30.449269+00', 'production', 'BO2', 200, 0.31040299973028596, '6e94bfba27870bf0ed43228374733257', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E3', '{"bhk": "2", "bath": "2", "kind": "flat", "balcony": "1", "society": "Sim60", "location": "Marathahalli", "area_type": "Plot  Area", "total_sqft": "1293", "availability": "21-May"}', 'Marathahalli', 1293, 2, 2, 70.90020358851254, 55.42620350802979, 93.5994820104625);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1ef4-736b-a12b-dc468e6d69bb', '2026-11-28 09:04:30.452648+00', 'production', 'BO2', 422, 0.0913469998522487, '6e94bfba27870bf0ed43228374733257', true, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E3', '{"bhk": "3", "bath": "3", "kind": "house", "balcony": "3", "society": "Sim37", "latitude": "14", "location": "Electronic City", "area_type": "Carpet  Area", "longitude": "77.1", "total_sqft": "1356", "availability": "Ready To Move"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1f5c-7136-a1b8-a1cab4487f04', '2026-11-28 09:04:30.556712+00', 'production', 'BO2', 200, 0.3312140001980879, 'e1ea599d5e45ca57689b949d65291558', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E3', '{"bhk": "2", "bath": "2", "location": "Gottigere", "total_sqft": "1710"}', 'Gottigere', 1710, 2, 2, 61.92278908896951, 44.161099467783835, 87.54105124725208);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1f8b-7622-b52f-b034a85eefaf', '2026-11-28 09:04:30.603252+00', 'production', 'BO2', 200, 0.41246499995395425, '2d15f913f889e70fa972ae3392f7b61e', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E3', '{"bhk": "6", "bath": "6", "kind": "flat", "balcony": "2", "society": "Sim15", "location": "Whitefield", "area_type": "Carpet  Area", "total_sqft": "3786", "availability": "21-May"}', 'Whitefield', 3786, 6, 6, 326.86906906589746, 260.84887982224086, 421.60571016623913);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1fee-7000-938e-9c20c1783b19', '2026-11-28 09:04:30.702997+00', 'production', 'BO2', 200, 0.4959600000802311, '54c98730fa035b64773fda9e36325e9b', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E3', '{"bhk": "2", "bath": "2", "kind": "flat", "balcony": "2", "society": "Sim275", "location": "Bannerghattta Road", "area_type": "Carpet  Area", "total_sqft": "1294", "availability": "18-Dec"}', 'Bannerghatta Road', 1294, 2, 2, 80.57195753092668, 62.987092971804074, 106.36772685777754);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-2034-7187-a0aa-bb34af904c7d', '2026-11-28 09:04:30.772617+00', 'production', 'BO2', 200, 0.3167919999214064, 'b4b51c3ad45d9e313a42de0f79f1982d', false, 'a150523e13a10c08', '8735b98c860a11d5', 'production', 'E3', '{"bhk": "5", "bath": "4", "kind": "house", "balcony": "3", "society": "Sim4", "location": "Whitefield", "area_type": "Carpet  Area", "total_sqft": "2598", "availability": "Immediate Possession"}', 'Whitefield', 2598, 5, 4, 219.4696341859686, 179.3593059283929, 275.58106434569754);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-8194-7284-9cf4-fac9f3744efc', '2026-11-28 09:03:50.164735+00', 'candidate', 'CO1', 200, 0.365435000276193, '9fa0b4f906ad5a942bf996eaa87c3b28', false, 'a150523e13a10c08', '8735b98c860a11d5', 'candidate', 'E1', '{"bhk": "3", "bath": "3", "kind": "flat", "location": "Whitefield", "area_type": "Carpet  Area", "total_sqft": "1493"}', 'Whitefield', 1493, 3, 3, 79.99713869040463, 61.186075444973405, 105.45082392573904);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d427-7468-a2b2-d930cc33fe45', '2026-11-28 09:04:11.30327+00', 'candidate', 'CO2', 200, 0.5452929999592016, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "1", "bath": "1", "kind": "flat", "location": "yelaahaankaa", "area_type": "Carpet  Area", "total_sqft": "875"}', 'Yelahanka', 875, 1, 1, 52.24843281206283, 39.85012618628394, 69.07641100976204);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d42d-730d-81ca-03093685b726', '2026-11-28 09:04:11.309088+00', 'candidate', 'CO2', 422, 0.17151500014733756, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "2", "bath": "2", "society": "No such project", "area_type": "plot", "total_sqft": "1400 - 1200", "availability": "18-Dec"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22165-d42e-76f9-b7f0-652fd47058c6', '2026-11-28 09:04:11.310394+00', 'candidate', 'CO2', 200, 0.352635000126611, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "2", "bath": "3", "location": "electronicscityphase1", "total_sqft": "1314"}', 'Electronic City', 1314, 2, 3, 74.31826404172851, 56.68289057896285, 98.25441025081294);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1eb1-7198-962c-0a9f7c73ab0c', '2026-11-28 09:04:30.385716+00', 'candidate', 'CO3', 200, 0.42577500016705017, '50924e7519b902a3f47d81f209653425', false, 'a150523e13a10c08', '8735b98c860a11d5', 'candidate', 'E3', '{"bhk": "2", "bath": "2", "kind": "house", "location": "BAGALUR", "area_type": "Plot  Area", "total_sqft": "1111"}', 'Bagalur', 1111, 2, 2, 67.05978696605162, 43.74592754644576, 103.8168130559195);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1eb5-7268-a3ba-61e2f48f7e29', '2026-11-28 09:04:30.389097+00', 'candidate', 'CO3', 200, 0.2912850000029721, '50924e7519b902a3f47d81f209653425', true, 'a150523e13a10c08', '8735b98c860a11d5', 'candidate', 'E3', '{"bhk": "2", "bath": "2", "location": "Richmond Town", "total_sqft": "826"}', 'Richmond Town', 826, 2, 2, 37.7849056579517, 24.191733543760247, 64.82547786212952);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1eb8-74da-96ca-7f62786cbf3e', '2026-11-28 09:04:30.392817+00', 'candidate', 'CO3', 422, 0.21667300006811274, '50924e7519b902a3f47d81f209653425', true, 'a150523e13a10c08', '8735b98c860a11d5', 'candidate', 'E3', '{"bhk": "2", "location": "Bannerghatta Road", "total_sqft": "1000 hands"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1f1f-74d7-aabf-802b3a39df3f', '2026-11-28 09:04:30.495829+00', 'candidate', 'CO3', 422, 0.15691399994466337, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "2", "bath": "2", "kind": "flat", "location": "Electronic City", "total_sqft": ""}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1f24-74e2-9bb2-a4bac3c060c5', '2026-11-28 09:04:30.500909+00', 'candidate', 'CO3', 200, 0.35900600005334127, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "3", "bath": "3", "location": "Near Bannerghatta Road, Bangalore", "total_sqft": "1852"}', 'Bannerghatta Road', 1852, 3, 3, 126.15705543193694, 98.00540194759031, 157.52390334961987);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1f2c-71b8-9a00-78134e726c79', '2026-11-28 09:04:30.508668+00', 'candidate', 'CO3', 200, 0.3932459999305138, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "5", "bath": "5", "balcony": "1", "society": "Sim275", "location": "12", "area_type": "SUPER BUILT-UP AREA", "total_sqft": "2704", "availability": "21-May"}', '12', 2704, 5, 5, 216.6049858805759, 144.83897308067154, 319.59965120814064);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1f2e-73f1-9990-28474a96c691', '2026-11-28 09:04:30.510479+00', 'candidate', 'CO3', 200, 0.1930180001181725, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "2", "bath": "3", "kind": "flat", "location": "Chamrajpet", "total_sqft": "1226"}', 'Chamrajpet', 1226, 2, 3, 77.48904293267937, 55.54180614374659, 113.52118740259921);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1f34-728e-aadc-cff6dcd87334', '2026-11-28 09:04:30.516666+00', 'candidate', 'CO3', 422, 0.1186470003631257, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "3", "bath": "3", "kind": "flat", "balcony": "1", "society": "Sim120", "latitude": "", "location": "7th Phase JP Nagar", "area_type": "Carpet  Area", "longitude": "77.6", "total_sqft": "1890", "availability": "Immediate Possession"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1f38-7645-85ff-89e53c29a029', '2026-11-28 09:04:30.520589+00', 'candidate', 'CO3', 422, 0.08244299988291459, NULL, false, 'a150523e13a10c08', '8735b98c860a11d5', NULL, NULL, '{"bhk": "1", "bath": "1", "kind": "flat", "balcony": "3", "society": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "location": "Whitefield", "area_type": "5", "total_sqft": "1567", "availability": "[''now'']"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.predictions_y2026m11 (id, at, slot, model_version, status, latency_ms, visitor, signed, address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms, bathrooms, price, low, high) VALUES ('01a22166-1fb5-73ee-b108-1e0fba1c69af', '2026-11-28 09:04:30.645512+00', 'candidate', 'CO3', 200, 0.22802000012234203, 'd4468ace2ae9535a850f4cea32f46b74', false, 'a150523e13a10c08', '8735b98c860a11d5', 'candidate', 'E3', '{"bhk": "3", "bath": "3", "location": "Kaverappa Layout", "total_sqft": "1593"}', 'Kaverappa Layout', 1593, 3, 3, 89.79949676050597, 62.28309850786823, 134.12264099372774);


--
-- Data for Name: predictions_y2026m12; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: predictions_y2027m01; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: predictions_y2027m02; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: decisions decisions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_pkey PRIMARY KEY (number);


--
-- Name: decisions decisions_undoes_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_undoes_key UNIQUE (undoes);


--
-- Name: drift_reports drift_reports_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.drift_reports
    ADD CONSTRAINT drift_reports_pkey PRIMARY KEY (day);


--
-- Name: feedback feedback_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (id);


--
-- Name: predictions predictions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions
    ADD CONSTRAINT predictions_pkey PRIMARY KEY (id, at);


--
-- Name: predictions_default predictions_default_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions_default
    ADD CONSTRAINT predictions_default_pkey PRIMARY KEY (id, at);


--
-- Name: predictions_y2026m11 predictions_y2026m11_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions_y2026m11
    ADD CONSTRAINT predictions_y2026m11_pkey PRIMARY KEY (id, at);


--
-- Name: predictions_y2026m12 predictions_y2026m12_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions_y2026m12
    ADD CONSTRAINT predictions_y2026m12_pkey PRIMARY KEY (id, at);


--
-- Name: predictions_y2027m01 predictions_y2027m01_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions_y2027m01
    ADD CONSTRAINT predictions_y2027m01_pkey PRIMARY KEY (id, at);


--
-- Name: predictions_y2027m02 predictions_y2027m02_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.predictions_y2027m02
    ADD CONSTRAINT predictions_y2027m02_pkey PRIMARY KEY (id, at);


--
-- Name: feedback_by_prediction; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX feedback_by_prediction ON public.feedback USING btree (prediction_id, at);


--
-- Name: feedback_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX feedback_by_time ON public.feedback USING btree (at);


--
-- Name: predictions_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_by_time ON ONLY public.predictions USING btree (at);


--
-- Name: predictions_by_version; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_by_version ON ONLY public.predictions USING btree (model_version, at);


--
-- Name: predictions_default_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_default_by_time ON public.predictions_default USING btree (at);


--
-- Name: predictions_default_by_version; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_default_by_version ON public.predictions_default USING btree (model_version, at);


--
-- Name: predictions_y2026m11_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_y2026m11_at_idx ON public.predictions_y2026m11 USING btree (at);


--
-- Name: predictions_y2026m11_model_version_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_y2026m11_model_version_at_idx ON public.predictions_y2026m11 USING btree (model_version, at);


--
-- Name: predictions_y2026m12_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_y2026m12_at_idx ON public.predictions_y2026m12 USING btree (at);


--
-- Name: predictions_y2026m12_model_version_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_y2026m12_model_version_at_idx ON public.predictions_y2026m12 USING btree (model_version, at);


--
-- Name: predictions_y2027m01_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_y2027m01_at_idx ON public.predictions_y2027m01 USING btree (at);


--
-- Name: predictions_y2027m01_model_version_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_y2027m01_model_version_at_idx ON public.predictions_y2027m01 USING btree (model_version, at);


--
-- Name: predictions_y2027m02_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_y2027m02_at_idx ON public.predictions_y2027m02 USING btree (at);


--
-- Name: predictions_y2027m02_model_version_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX predictions_y2027m02_model_version_at_idx ON public.predictions_y2027m02 USING btree (model_version, at);


--
-- Name: predictions_default_by_time; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_by_time ATTACH PARTITION public.predictions_default_by_time;


--
-- Name: predictions_default_by_version; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_by_version ATTACH PARTITION public.predictions_default_by_version;


--
-- Name: predictions_default_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_pkey ATTACH PARTITION public.predictions_default_pkey;


--
-- Name: predictions_y2026m11_at_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_by_time ATTACH PARTITION public.predictions_y2026m11_at_idx;


--
-- Name: predictions_y2026m11_model_version_at_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_by_version ATTACH PARTITION public.predictions_y2026m11_model_version_at_idx;


--
-- Name: predictions_y2026m11_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_pkey ATTACH PARTITION public.predictions_y2026m11_pkey;


--
-- Name: predictions_y2026m12_at_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_by_time ATTACH PARTITION public.predictions_y2026m12_at_idx;


--
-- Name: predictions_y2026m12_model_version_at_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_by_version ATTACH PARTITION public.predictions_y2026m12_model_version_at_idx;


--
-- Name: predictions_y2026m12_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_pkey ATTACH PARTITION public.predictions_y2026m12_pkey;


--
-- Name: predictions_y2027m01_at_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_by_time ATTACH PARTITION public.predictions_y2027m01_at_idx;


--
-- Name: predictions_y2027m01_model_version_at_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_by_version ATTACH PARTITION public.predictions_y2027m01_model_version_at_idx;


--
-- Name: predictions_y2027m01_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_pkey ATTACH PARTITION public.predictions_y2027m01_pkey;


--
-- Name: predictions_y2027m02_at_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_by_time ATTACH PARTITION public.predictions_y2027m02_at_idx;


--
-- Name: predictions_y2027m02_model_version_at_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_by_version ATTACH PARTITION public.predictions_y2027m02_model_version_at_idx;


--
-- Name: predictions_y2027m02_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.predictions_pkey ATTACH PARTITION public.predictions_y2027m02_pkey;


--
-- Name: decisions decisions_undoes_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_undoes_fkey FOREIGN KEY (undoes) REFERENCES public.decisions(number);


--
-- PostgreSQL database dump complete
--


