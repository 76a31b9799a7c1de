using System.CommandLine;
namespace Weft.App.Commands.Lab;
internal static class LabCheckCommand { public static Command Create() => new("check"); }
