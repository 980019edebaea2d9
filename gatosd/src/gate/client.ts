/**
 * The client of the gate that stays, in Perl: it starts in a few milliseconds, where Node takes some fifty. Built-ins only, no module is
 * loaded. It has no single quote in it, so that it can stand in one pair of them in a shell script.
 *
 * Arguments: the socket, then the command that decides in a process of its own. Whatever goes wrong before a whole verdict is here
 * (no gate, a socket of somebody else, a gate that dies or dawdles) ends in that command, with the same input; so a gate can
 * only ever make a push faster. See wire.ts for what is sent.
 */
export const PERL_CLIENT = String.raw`
my ($path, @cold) = @ARGV;
my ($input, $most) = ("", 33554432);
binmode STDIN; binmode STDERR;
1 while sysread(STDIN, $input, 262144, length $input) and length $input <= $most;
$SIG{PIPE} = "IGNORE";
sub cold {
  my $pid = open(my $to, "|-", @cold);
  if (!$pid) { print STDERR "refused: the push gate cannot be started: $!\n"; exit 1 }
  binmode $to; print $to $input;
  my $more = ""; while (sysread(STDIN, $more, 262144)) { print $to $more }
  close $to;
  exit($? == 0 ? 0 : ($? >> 8) || 1);
}
sub ask {
  my @socket = lstat $path;
  return unless @socket && -S _ && $socket[4] == $> && length $input <= $most;
  my @here = stat(defined $ENV{GIT_DIR} ? $ENV{GIT_DIR} : ".") or return;
  socket(my $gate, 1, 1, 0) or return;
  my $name = $^O =~ /darwin|bsd/ ? pack("CCa*x", 0, 1, $path) : pack("Sa*x", 1, $path);
  connect($gate, $name) or return;
  my $env = join "", map { "$_=$ENV{$_}\0" } sort grep { /^(?:GIT_|GATOS_|GL_USER$|REMOTE_USER$)/ } keys %ENV;
  my $request = join(" ", "gatos-gate", 1, "$here[0]:$here[1]", length $env, length $input) . "\n$env$input";
  my $at = 0;
  while ($at < length $request) {
    my $sent = syswrite($gate, $request, 262144, $at) or return;
    $at += $sent;
  }
  my $answer = "";
  1 while sysread($gate, $answer, 65536, length $answer) and length $answer <= $most;
  return unless $answer =~ /\Agatos-gate 1 (allow|deny) ([0-9]+)\n/;
  my ($verdict, $start, $bytes) = ($1, $+[0], $2);
  return unless length($answer) - $start == $bytes;
  return ($verdict, substr($answer, $start));
}
my @verdict = eval {
  local $SIG{ALRM} = sub { die };
  alarm 150; my @found = ask(); alarm 0; @found;
};
alarm 0;
cold() unless @verdict;
print STDERR $verdict[1];
exit($verdict[0] eq "allow" ? 0 : 1);
`.trim();
