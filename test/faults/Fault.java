import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Programs that end in one way each: `Fault MODE [N]`. */
public class Fault {
  private static final List<byte[]> kept = new ArrayList<>();

  private static void grow(int mib) {
    for (int i = 0; i < mib; i++) kept.add(new byte[1 << 20]);
    System.out.println("filled " + ProcessHandle.current().pid());
  }

  public static void main(String[] words) throws IOException, InterruptedException {
    int n = Integer.parseInt(words[1]);
    switch (words[0]) {
      case "grow" -> grow(n);
      case "exit" -> System.exit(n);
      case "stay" -> {
        grow(n);
        Thread.sleep(60_000);
      }
      case "child" -> {
        List<String> command = List.of("java", "-Xmx600m", "-XX:+UseSerialGC", "-cp",
            System.getProperty("java.class.path"), "Fault", "grow", "500");
        new ProcessBuilder(command).start().waitFor();
        System.exit(n);
      }
    }
  }
}
