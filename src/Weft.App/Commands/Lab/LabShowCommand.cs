using System.CommandLine;
namespace Weft.App.Commands.Lab;
internal static class LabShowCommand { public static Command Create() => new("show"); }
