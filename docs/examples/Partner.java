/*
 * An agency's own system in one file of Java: read our topic, check every message, sign for what was copied to us,
 * send that to our inbox. It needs a JDK of 17 or later and Kafka's client, and knows nothing of Gongze but
 * docs/statement-profile.md, docs/exchange.md and the files of `gongze schema export`.
 *
 *     java -cp 'kafka-clients-4.3.1.jar:slf4j-api-1.7.36.jar' Partner.java partner.properties
 *
 * partner.properties holds the settings of any Kafka client (bootstrap.servers, security.protocol, sasl.*, ssl.*) and ours:
 *
 *     gongze.agency=procuratorate.lhasa
 *     gongze.officer=procuratorate.lhasa/1
 *     gongze.key=the officer's key, as PEM (PKCS#8, unencrypted)
 *     gongze.topic=gongze.540100.procuratorate
 *     gongze.operator=the fingerprint of the operator's key, as told on paper: 64 hexadecimal digits
 *     gongze.schemas=the folder that `gongze schema export` wrote
 *     gongze.day=the day we sign for them, YYYY-MM-DD (default today)
 *
 * Whose key is whose is not configured: the topic carries the register, and that changes. One fingerprint is given by hand,
 * the rest hangs on it: the operator's key signs each agency's entry, with the fingerprint of its root key; the root key
 * signs its own registration and those of its officers' keys. A message that is not what it must be ends the program.
 *
 * Left to the ledger, which any agency may check with `gongze verify`: whether an act was permitted, whether an officer was
 * in office, and whether the rest of a payload is well formed.
 */

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class Partner {
    private static final String OPERATOR = "operator";
    private static final String CONTENT = "application/vnd.gongze.event+avro";
    private static final String STATEMENT = "application/vnd.gongze.statement+cose";
    private static final Set<Long> LABELS = Set.of(1L, 3L, 4L, 15L, 16L);
    private static final long ED25519 = -19;
    private static final Duration SILENCE = Duration.ofSeconds(60);
    private static final HexFormat HEX = HexFormat.of();
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    /** A registered key. `officer` is null of a root's and of the operator's. */
    private record Key(String agency, String purpose, String officer, PublicKey verifier) {}

    /** A copy that somebody sent us. */
    private record Copy(String id, String stream) {}

    /** What a message is that must not be trusted. */
    private static final class Unsound extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unsound(String why) {
            super(why);
        }
    }

    private final Properties settings;
    private final String agency;
    private final String operator;
    private final Map<String, String> formats = new HashMap<>();
    private final Map<String, String> roots = new HashMap<>();
    private final Map<String, Key> keys = new HashMap<>();
    private final Map<String, Long> revoked = new HashMap<>();
    private final Map<String, List<byte[]>> commitments = new HashMap<>();
    private final Map<String, Copy> copies = new LinkedHashMap<>();
    private final Set<String> signedFor = new HashSet<>();
    private String ledger;
    private long acts;

    private Partner(Properties settings) throws IOException {
        this.settings = settings;
        this.agency = ours("agency");
        this.operator = ours("operator");
        String released = Files.readString(Path.of(ours("schemas"), "released.json"));
        var line = Pattern.compile("\"([0-9a-f]{64})\"\\s*:\\s*\"(\\w+\\.\\d+)\\.avsc\"").matcher(released);
        while (line.find()) {
            formats.put(line.group(1), line.group(2));
        }
    }

    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        try (var file = Files.newBufferedReader(Path.of(arguments[0]))) {
            settings.load(file);
        }
        Partner partner = new Partner(settings);
        try {
            partner.read();
        } catch (Unsound found) {
            System.err.println(found.getMessage());
            System.exit(1);
        }
        partner.answer();
    }

    private String ours(String name) {
        String value = settings.getProperty("gongze." + name);
        if (value == null) {
            throw new IllegalArgumentException("gongze." + name + " is not set");
        }
        return value.strip();
    }

    /** Kafka's own settings, and more of them. */
    private Map<String, Object> client(Map<String, Object> more) {
        Map<String, Object> found = new HashMap<>(more);
        for (String name : settings.stringPropertyNames()) {
            if (!name.startsWith("gongze.")) {
                found.putIfAbsent(name, settings.getProperty(name));
            }
        }
        return found;
    }

    // --- read: what was committed, from the beginning to the end as of now

    private void read() {
        var partition = new TopicPartition(ours("topic"), 0);
        var reading = client(Map.of(
            "isolation.level", "read_committed", "auto.offset.reset", "earliest", "enable.auto.commit", "false",
            "group.id", agency + "/java", "key.deserializer", ByteArrayDeserializer.class.getName(),
            "value.deserializer", ByteArrayDeserializer.class.getName()));
        try (var consumer = new KafkaConsumer<byte[], byte[]>(reading)) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            // Fails where we may not read: without asking, there would be only silence.
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            long until = System.nanoTime() + SILENCE.toNanos();
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofSeconds(1))) {
                    try {
                        check(message);
                    } catch (Unsound | GeneralSecurityException | IllegalArgumentException found) {
                        throw new Unsound("offset " + message.offset() + ": " + found.getMessage());
                    }
                    until = System.nanoTime() + SILENCE.toNanos();
                }
                if (System.nanoTime() > until) {
                    throw new Unsound("the topic has fallen silent at offset " + consumer.position(partition));
                }
            }
            consumer.commitSync();  // tells the ledger's people how far we have read, nothing more
            OUT.printf("checked up to %d, %d acts, %d keys, %d copies, %d signed for%n",
                end, acts, keys.size(), copies.size(), signedFor.size());
        }
    }

    private void check(ConsumerRecord<byte[], byte[]> message) throws GeneralSecurityException {
        Map<String, byte[]> headers = new HashMap<>();
        for (Header header : message.headers()) {
            headers.put(header.key(), header.value());
        }
        if (!headers.containsKey("index")) {
            OUT.println("answer " + utf8(headers.get("ce_type")) + " " + utf8(message.value()));
            return;
        }
        must(headers.containsKey("R") && headers.containsKey("O") && message.key() != null, "R, O or the key is missing");
        List<?> leaf = list(Cbor.read(headers.get("R")), 4);
        List<?> opening = list(Cbor.read(headers.get("O")), 6);
        long index = number(leaf.get(1));
        String stream = text(opening.get(2));
        byte[] commitment = bytes(leaf.get(3));
        must(number(leaf.get(0)) == 1 && number(opening.get(0)) == 1, "another format of R or O");
        must(Arrays.equals(sha256(headers.get("O")), commitment), "the opening is not the leaf's");
        must(Long.toString(index).equals(utf8(headers.get("index"))) && stream.equals(utf8(message.key())),
            "the headers say something else than R and O");
        chain(stream, number(opening.get(3)), bytes(opening.get(4)), commitment);
        acts++;
        if (message.value() == null || message.value().length == 0) {
            OUT.println(index + " not shown to us " + stream);
            return;
        }
        must(Arrays.equals(sha256(message.value()), bytes(opening.get(5))), "the statement is not the opening's");
        statement(message.value(), index, stream);
    }

    /** Each act of a stream names the one before it; one that comes again is the same. */
    private void chain(String stream, long version, byte[] before, byte[] commitment) {
        List<byte[]> known = commitments.computeIfAbsent(stream, any -> new ArrayList<>());
        must(version >= 1 && version <= known.size() + 1, "an act of the stream is missing before this one");
        byte[] last = version == 1 ? new byte[0] : known.get((int) version - 2);
        must(Arrays.equals(before, last), "the opening names another act before it");
        if (version > known.size()) {
            known.add(commitment);
        }
        must(Arrays.equals(known.get((int) version - 1), commitment), "another act had this place in the stream");
    }

    private void statement(byte[] raw, long index, String stream) throws GeneralSecurityException {
        must(Cbor.read(raw) instanceof Cbor.Tagged, "not a COSE_Sign1");
        List<?> parts = list(((Cbor.Tagged) Cbor.read(raw)).content(), 4);
        byte[] header = bytes(parts.get(0));
        byte[] payload = bytes(parts.get(2));
        Map<?, ?> labels = map(Cbor.read(header));
        must(map(parts.get(1)).isEmpty() && labels.keySet().equals(LABELS), "other header labels than the five");
        must(number(labels.get(1L)) == ED25519, "another algorithm");
        must(CONTENT.equals(labels.get(3L)) && STATEMENT.equals(labels.get(16L)), "another content type");
        Map<?, ?> claims = map(labels.get(15L));
        String signer = text(claims.get(1L));
        String event = text(claims.get("event"));
        String id = HEX.formatHex(bytes(claims.get(7L)));
        must(stream.equals(text(claims.get(2L))), "signed for another stream");
        ledger = ledger == null ? text(claims.get("ledger")) : ledger;
        must(ledger.equals(text(claims.get("ledger"))), "of another ledger");
        String format = formats.get(HEX.formatHex(bytes(claims.get("schema"))));
        must(format != null, "a format that was released since: run `gongze schema export` again");
        must(format.startsWith(event + "."), "the schema is not the event's");

        String kid = HEX.formatHex(bytes(labels.get(4L)));
        Registered found = registered(event, format, payload);
        Key key = keys.get(kid);
        if (key == null && found != null && found.kid().equals(kid) && vouchedFor(found)) {
            key = found.key();  // the first of a chain signs its own registration
        }
        must(key != null && key.agency().equals(signer), "by a key that is not registered for " + signer);
        must(revoked.getOrDefault(kid, Long.MAX_VALUE) >= index, "by a key that was revoked");
        must(!key.purpose().equals("encrypt"), "by a key that is not for signing");
        must(key.officer() == null || key.officer().equals(text(claims.get("officer"))), "by another officer's key");
        byte[] signed = Cbor.write(List.of("Signature1", header, new byte[0], payload));
        must(Ed25519.verify(key.verifier(), bytes(parts.get(3)), signed), "the signature is not by its key");
        if (found != null) {
            boolean right = found.kid().equals(kid) || key.purpose().equals("root");
            must(right && found.key().agency().equals(signer), "a key that " + signer + " may not register");
            keys.putIfAbsent(found.kid(), found.key());
        }
        note(event, format, payload, signer, index, new Copy(id, stream));
        OUT.printf("%d %s %s %s %s%n", index, text(claims.get("occurred_on")), event, signer, stream);
    }

    // --- the payloads that matter here, by the formats of `gongze schema export`

    private record Registered(String kid, Key key) {}

    /** The key that an act registers, or null. */
    private Registered registered(String event, String format, byte[] payload) throws GeneralSecurityException {
        Avro fields = new Avro(payload);
        if (event.equals("LedgerCreated")) {
            first(format);
            fields.skipTexts(3);  // ledger_id, origin, log_key
            byte[] raw = HEX.parseHex(fields.text());
            return new Registered(thumbprint(raw), new Key(OPERATOR, OPERATOR, null, Ed25519.publicKey(raw)));
        }
        if (event.equals("KeyRegistered")) {
            first(format);
            String owner = fields.text();
            String kid = fields.text();
            fields.number();  // algorithm: Ed25519 is the only symbol
            byte[] raw = HEX.parseHex(fields.text());
            String purpose = switch ((int) fields.number()) {
                case 0 -> "root";
                case 1 -> "sign";
                default -> "encrypt";
            };
            fields.number();  // custody
            fields.skipTexts(2);  // from, proof
            must(thumbprint(raw).equals(kid), "a key with another's fingerprint");
            return new Registered(kid, new Key(owner, purpose, fields.optionalText(), Ed25519.publicKey(raw)));
        }
        return null;
    }

    private boolean vouchedFor(Registered found) {
        return switch (found.key().purpose()) {
            case OPERATOR -> keys.isEmpty() && found.kid().equals(operator);
            case "root" -> found.kid().equals(roots.get(found.key().agency()));
            default -> false;
        };
    }

    private void note(String event, String format, byte[] payload, String signer, long index, Copy copy) {
        Avro fields = new Avro(payload);
        switch (event) {
            case "AgencyRegistered", "AgencyChanged" -> {
                first(format);
                must(signer.equals(OPERATOR), "the register is the operator's");
                String id = fields.text();
                String root = event.equals("AgencyRegistered") ? rootOfNew(fields) : rootOfChanged(fields);
                if (root != null) {
                    roots.put(id, root);
                }
            }
            case "KeyRevoked" -> {
                first(format);
                String kid = fields.text();
                must(keys.containsKey(kid) && keys.get(kid).agency().equals(signer), "another agency's key");
                revoked.put(kid, index);
            }
            case "ApplicationCopied" -> {
                first(format);
                fields.array(() -> {  // materials: title, pages, form
                    fields.text();
                    fields.optional(fields::number);
                    fields.optionalText();
                });
                fields.optional(fields::reference);
                String to = fields.optionalText();
                if (to == null || to.equals(agency)) {
                    copies.put(copy.id(), copy);
                }
            }
            case "CopyAcknowledged" -> {
                first(format);
                if (signer.equals(agency)) {
                    signedFor.add(fields.reference());
                }
            }
            default -> { }
        }
    }

    private static String rootOfNew(Avro fields) {
        fields.number();  // kind
        fields.text();  // name
        fields.number();  // level
        fields.text();  // region
        return root(fields);
    }

    private static String rootOfChanged(Avro fields) {
        fields.optionalText();  // name
        fields.optional(fields::number);  // level
        fields.optionalText();  // region
        return root(fields);
    }

    /** After the region: parent, branch_of, stationed_at, number_prefixes, root_key_id. */
    private static String root(Avro fields) {
        fields.optionalText();
        fields.optionalText();
        fields.optionalText();
        fields.optional(() -> {
            fields.array(fields::text);
            return null;
        });
        return fields.optionalText();
    }

    /** A payload that we read: a later format has other fields. */
    private static void first(String format) {
        must(format.endsWith(".1"), format + " is a format that this program does not know yet");
    }

    // --- answer: sign for each copy, and send that to our inbox

    private void answer() throws Exception {
        if (signedFor.containsAll(copies.keySet())) {
            return;
        }
        String pem = Files.readString(Path.of(ours("key"))).replaceAll("-----[A-Z ]+-----", "");
        PrivateKey key = KeyFactory.getInstance("Ed25519")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem)));
        String kid = ourKid(key);
        var writing = client(Map.of("acks", "all", "key.serializer", ByteArraySerializer.class.getName(),
            "value.serializer", ByteArraySerializer.class.getName()));
        try (var producer = new KafkaProducer<byte[], byte[]>(writing)) {
            for (Copy copy : copies.values()) {
                if (!signedFor.contains(copy.id())) {
                    byte[] signed = signed(copy, key, kid);
                    byte[] stream = copy.stream().getBytes(StandardCharsets.UTF_8);
                    var message = new ProducerRecord<>("gongze.inbox." + agency, stream, signed);
                    producer.send(message).get(30, TimeUnit.SECONDS);
                    OUT.println("signed for " + copy.id());
                }
            }
        }
    }

    /** Our own key's fingerprint: the JDK does not tell a private key's public half, the register does. */
    private String ourKid(PrivateKey key) throws GeneralSecurityException {
        byte[] test = new byte[32];
        byte[] signature = Ed25519.sign(key, test);
        for (var entry : keys.entrySet()) {
            boolean ours = ours("officer").equals(entry.getValue().officer()) && !revoked.containsKey(entry.getKey());
            if (ours && Ed25519.verify(entry.getValue().verifier(), signature, test)) {
                return entry.getKey();
            }
        }
        throw new IllegalArgumentException("the key is not registered for " + ours("officer") + ", or it was revoked");
    }

    private byte[] signed(Copy copy, PrivateKey key, String kid) throws GeneralSecurityException {
        List<byte[]> seen = commitments.get(copy.stream());
        String format = formats.entrySet().stream().filter(e -> e.getValue().equals("CopyAcknowledged.1"))
            .findFirst().orElseThrow().getKey();
        String day = settings.getProperty("gongze.day", LocalDate.now(ZoneId.of("Asia/Shanghai")).toString());
        Map<Object, Object> claims = new HashMap<>();
        claims.put(1L, agency);
        claims.put(2L, copy.stream());
        claims.put(7L, newId());
        claims.put("officer", ours("officer"));
        claims.put("event", "CopyAcknowledged");
        claims.put("schema", HEX.parseHex(format));
        claims.put("occurred_on", day);
        claims.put("seen", List.of((long) seen.size(), seen.get(seen.size() - 1)));
        claims.put("ledger", ledger);
        byte[] header = Cbor.write(Map.of(1L, ED25519, 3L, CONTENT, 4L, HEX.parseHex(kid), 15L, claims, 16L, STATEMENT));
        var payload = new ByteArrayOutputStream();
        payload.write(2);  // of.act: the second branch, and the id
        payload.writeBytes(HEX.parseHex(copy.id()));
        payload.writeBytes(new byte[7]);  // of.no and the six fields after it: null
        byte[] avro = payload.toByteArray();
        byte[] signature = Ed25519.sign(key, Cbor.write(List.of("Signature1", header, new byte[0], avro)));
        return Cbor.write(new Cbor.Tagged(List.of(header, Map.of(), avro, signature)));
    }

    /** A UUID of version 7. */
    private static byte[] newId() {
        byte[] made = new byte[16];
        new SecureRandom().nextBytes(made);
        long now = System.currentTimeMillis();
        for (int place = 5; place >= 0; place--, now >>= 8) {
            made[place] = (byte) now;
        }
        made[6] = (byte) (0x70 | made[6] & 0x0f);
        made[8] = (byte) (0x80 | made[8] & 0x3f);
        return made;
    }

    /** The COSE_Key thumbprint, RFC 9679. */
    private static String thumbprint(byte[] raw) {
        return HEX.formatHex(sha256(Cbor.write(Map.of(1L, 1L, -1L, 6L, -2L, raw))));
    }

    // --- what everything above stands on

    private static void must(boolean holds, String otherwise) {
        if (!holds) {
            throw new Unsound(otherwise);
        }
    }

    private static byte[] sha256(byte[] raw) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(raw);
        } catch (GeneralSecurityException never) {
            throw new IllegalStateException(never);
        }
    }

    private static String utf8(byte[] raw) {
        return raw == null ? "" : new String(raw, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(Object value) {
        must(value instanceof byte[], "a byte string is missing");
        return (byte[]) value;
    }

    private static String text(Object value) {
        must(value instanceof String, "a text is missing");
        return (String) value;
    }

    private static long number(Object value) {
        must(value instanceof Long, "a number is missing");
        return (Long) value;
    }

    private static List<?> list(Object value, int size) {
        must(value instanceof List<?> && ((List<?>) value).size() == size, "an array of " + size + " is missing");
        return (List<?>) value;
    }

    private static Map<?, ?> map(Object value) {
        must(value instanceof Map<?, ?>, "a map is missing");
        return (Map<?, ?>) value;
    }

    /** The subset of CBOR in which statements, openings and leaves are written: one spelling each. */
    private static final class Cbor {
        private static final int DEPTH = 4;
        private static final int TAG = 18;
        private static final long LARGEST = 1L << 53;

        record Tagged(Object content) {}

        private final byte[] raw;
        private int at;

        private Cbor(byte[] raw) {
            this.raw = raw;
        }

        /** What is written again to the same bytes, and to no others: all rules of the one spelling in one comparison. */
        static Object read(byte[] raw) {
            Object found = new Cbor(raw).item(0);
            must(Arrays.equals(write(found), raw), "CBOR in another spelling");
            return found;
        }

        private Object item(int depth) {
            int first = take(1)[0] & 0xff;
            int major = first >> 5;
            must(major < 4 || major == 7 || depth < DEPTH, "CBOR too deep");
            long value = argument(first & 0x1f);
            switch (major) {
                case 0:
                    must(value <= LARGEST, "a number too large");
                    return value;
                case 1:
                    must(value < LARGEST, "a number too large");
                    return -1 - value;
                case 2:
                    return take(value);
                case 3:
                    return new String(take(value), StandardCharsets.UTF_8);
                case 4:
                    List<Object> items = new ArrayList<>();
                    for (long n = 0; n < value; n++) {
                        items.add(item(depth + 1));
                    }
                    return items;
                case 5:
                    Map<Object, Object> entries = new HashMap<>();
                    for (long n = 0; n < value; n++) {
                        Object key = item(depth + 1);
                        must(key instanceof Long || key instanceof String, "a map key that statements do not have");
                        entries.put(key, item(depth + 1));
                    }
                    return entries;
                case 6:
                    must(value == TAG, "another tag");
                    return new Tagged(item(depth + 1));
                default:
                    must(first == 0xf6, "another simple value than null");
                    return null;
            }
        }

        private long argument(int information) {
            if (information < 24) {
                return information;
            }
            must(information < 28, "an indefinite length");
            long value = 0;
            for (byte next : take(1L << information - 24)) {
                value = value << 8 | next & 0xff;
            }
            must(value >= 0, "a number too large");
            return value;
        }

        private byte[] take(long length) {
            must(length <= raw.length - at, "CBOR that breaks off");
            at += (int) length;
            return Arrays.copyOfRange(raw, at - (int) length, at);
        }

        static byte[] write(Object value) {
            var out = new ByteArrayOutputStream();
            if (value == null) {
                out.write(0xf6);
            } else if (value instanceof Long number) {
                head(out, number < 0 ? 1 : 0, number < 0 ? -1 - number : number);
            } else if (value instanceof byte[] string) {
                head(out, 2, string.length);
                out.writeBytes(string);
            } else if (value instanceof String text) {
                byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
                head(out, 3, encoded.length);
                out.writeBytes(encoded);
            } else if (value instanceof List<?> items) {
                head(out, 4, items.size());
                items.forEach(item -> out.writeBytes(write(item)));
            } else if (value instanceof Map<?, ?> entries) {
                head(out, 5, entries.size());
                Map<byte[], Object> sorted = new TreeMap<>(Arrays::compareUnsigned);
                entries.forEach((key, item) -> sorted.put(write(key), item));
                sorted.forEach((key, item) -> {
                    out.writeBytes(key);
                    out.writeBytes(write(item));
                });
            } else {
                head(out, 6, TAG);
                out.writeBytes(write(((Tagged) value).content()));
            }
            return out.toByteArray();
        }

        private static void head(ByteArrayOutputStream out, int major, long value) {
            int width = value < 24 ? 0 : value < 1L << 8 ? 1 : value < 1L << 16 ? 2 : value < 1L << 32 ? 4 : 8;
            out.write(major << 5 | (width == 0 ? (int) value : 24 + Integer.numberOfTrailingZeros(width)));
            for (int shift = 8 * width - 8; shift >= 0; shift -= 8) {
                out.write((int) (value >> shift));
            }
        }
    }

    /** The first fields of a payload in Avro's binary encoding. */
    private static final class Avro {
        private final byte[] raw;
        private int at;

        Avro(byte[] raw) {
            this.raw = raw;
        }

        long number() {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                must(at < raw.length, "a payload that breaks off");
                byte next = raw[at++];
                value |= (next & 0x7fL) << shift;
                if (next >= 0) {
                    return value >>> 1 ^ -(value & 1);
                }
            }
            throw new Unsound("a payload with a number too long");
        }

        byte[] take(long length) {
            must(length >= 0 && length <= raw.length - at, "a payload that breaks off");
            at += (int) length;
            return Arrays.copyOfRange(raw, at - (int) length, at);
        }

        String text() {
            return utf8(take(number()));
        }

        void skipTexts(int times) {
            for (int n = 0; n < times; n++) {
                text();
            }
        }

        /** A union of null and one type. */
        <T> T optional(Supplier<T> type) {
            return number() == 0 ? null : type.get();
        }

        String optionalText() {
            return optional(this::text);
        }

        void array(Runnable item) {
            for (long count = number(); count != 0; count = number()) {
                if (count < 0) {
                    number();  // the block's length in bytes
                }
                for (long n = Math.abs(count); n > 0; n--) {
                    item.run();
                }
            }
        }

        /** A Ref: the id of an act, in hex, or null; and a number that was typed. */
        String reference() {
            String act = optional(() -> HEX.formatHex(take(16)));
            optionalText();
            return act;
        }
    }

    /** The JDK's Ed25519, and what the profile asks beyond it, so that no two verifiers disagree. */
    private static final class Ed25519 {
        private static final byte[] X509 = HEX.parseHex("302a300506032b6570032100");
        private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
        private static final BigInteger L =
            BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
        private static final BigInteger D =
            BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);
        private static final BigInteger ROOT_OF_MINUS_ONE = BigInteger.TWO.modPow(P.shiftRight(2), P);
        private static final Point IDENTITY = new Point(BigInteger.ZERO, BigInteger.ONE, BigInteger.ONE);

        private record Point(BigInteger x, BigInteger y, BigInteger z) {
            boolean isIdentity() {
                return x.signum() == 0 && y.equals(z);
            }

            Point plus(Point other) {
                BigInteger a = z.multiply(other.z).mod(P);
                BigInteger b = a.multiply(a);
                BigInteger c = x.multiply(other.x).mod(P);
                BigInteger d = y.multiply(other.y).mod(P);
                BigInteger e = D.multiply(c).multiply(d);
                BigInteger f = b.subtract(e).mod(P);
                BigInteger g = b.add(e).mod(P);
                BigInteger mixed = x.add(y).multiply(other.x.add(other.y)).subtract(c).subtract(d);
                return new Point(a.multiply(f).multiply(mixed).mod(P), a.multiply(g).multiply(d.add(c)).mod(P),
                    f.multiply(g).mod(P));
            }

            Point times(BigInteger number) {
                Point sum = IDENTITY;
                for (int bit = number.bitLength() - 1; bit >= 0; bit--) {
                    sum = sum.plus(sum);
                    sum = number.testBit(bit) ? sum.plus(this) : sum;
                }
                return sum;
            }
        }

        /** A point of the curve, RFC 8032 5.1.3. */
        private static Point decode(byte[] raw) {
            BigInteger number = little(raw);
            BigInteger y = number.clearBit(255);
            must(y.compareTo(P) < 0, "a point in another spelling");
            BigInteger above = y.multiply(y).subtract(BigInteger.ONE);
            BigInteger square = above.multiply(D.multiply(y).multiply(y).add(BigInteger.ONE).modInverse(P)).mod(P);
            BigInteger x = square.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
            if (!x.multiply(x).mod(P).equals(square)) {
                x = x.multiply(ROOT_OF_MINUS_ONE).mod(P);
            }
            must(x.multiply(x).mod(P).equals(square), "not a point of the curve");
            must(x.signum() != 0 || !number.testBit(255), "a point in another spelling");
            return new Point(x.testBit(0) == number.testBit(255) ? x : P.subtract(x), y, BigInteger.ONE);
        }

        private static BigInteger little(byte[] raw) {
            byte[] big = new byte[raw.length];
            for (int n = 0; n < raw.length; n++) {
                big[n] = raw[raw.length - 1 - n];
            }
            return new BigInteger(1, big);
        }

        static PublicKey publicKey(byte[] raw) throws GeneralSecurityException {
            must(raw.length == 32, "a public key has 32 bytes");
            Point point = decode(raw);
            must(!point.isIdentity() && point.times(L).isIdentity(), "a public key outside the group");
            byte[] encoded = Arrays.copyOf(X509, X509.length + raw.length);
            System.arraycopy(raw, 0, encoded, X509.length, raw.length);
            return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
        }

        static boolean verify(PublicKey key, byte[] signature, byte[] message) throws GeneralSecurityException {
            must(signature.length == 64, "a signature has 64 bytes");
            must(!decode(Arrays.copyOf(signature, 32)).times(BigInteger.valueOf(8)).isIdentity(), "R of small order");
            must(little(Arrays.copyOfRange(signature, 32, 64)).compareTo(L) < 0, "S above the group's order");
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        }

        static byte[] sign(PrivateKey key, byte[] message) throws GeneralSecurityException {
            Signature signer = Signature.getInstance("Ed25519");
            signer.initSign(key);
            signer.update(message);
            return signer.sign();
        }
    }
}
