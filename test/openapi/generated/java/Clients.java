import java.util.Scanner;

/**
 * Asks each question on standard input (`URL INSZ`, one a line) with the generated client that the first argument names.
 * Prints one line for each answer, from what the client has read: `200 OUTCOME CODES… DIPLOMAS`, or
 * `STATUS TYPE IN:NAME:TYPE…`.
 */
public final class Clients {
    interface Client {
        String ask(String url, String insz) throws Exception;
    }

    public static void main(String[] arguments) {
        Client client = switch (arguments[0]) {
            case "okhttp-gson" -> new OkhttpGson();
            case "native" -> new Native();
            default -> new Restclient();
        };
        Scanner questions = new Scanner(System.in);
        while (questions.hasNext()) {
            try {
                System.out.println(client.ask(questions.next(), questions.next()).trim());
            } catch (Exception failure) {
                System.out.println("cannot read: " + failure);
            }
        }
        System.exit(0);
    }
}
