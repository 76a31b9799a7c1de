namespace Weft.App;

internal static class Program
{
    public static int Main() => 0;
}
