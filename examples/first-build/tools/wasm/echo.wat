;; echo as a module of WebAssembly that imports nothing. `alloc` makes room for a request, `call` answers the one that lies there.
;;
;; The request is the MYTHOS-CAN map {1: tool id, 2: idempotency key, 3: body}; the answer is {1: status, 2: body}. What comes before
;; the body is longer in a request than in an answer, so the answer is written over it, and the body stays where it is.
(module
  (memory (export "memory") 1)
  ;; Where room is free from.
  (global $free (mut i32) (i32.const 16))
  ;; Behind the number that was read last.
  (global $end (mut i32) (i32.const 0))

  (func (export "alloc") (param $length i32) (result i32)
    (local $at i32)
    (local $pages i32)
    (local.set $at (global.get $free))
    (global.set $free (i32.add (local.get $at) (local.get $length)))
    (local.set $pages (i32.sub
      (i32.shr_u (i32.add (global.get $free) (i32.const 0xffff)) (i32.const 16))
      (memory.size)))
    (if (i32.gt_s (local.get $pages) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then (unreachable)))))
    (local.get $at))

  ;; The LEB128 number at an address; $end is behind it.
  (func $number (param $at i32) (result i32)
    (local $value i32)
    (local $shift i32)
    (local $byte i32)
    (loop $more
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $value (i32.or (local.get $value)
        (i32.shl (i32.and (local.get $byte) (i32.const 0x7f)) (local.get $shift))))
      (local.set $shift (i32.add (local.get $shift) (i32.const 7)))
      (br_if $more (i32.ge_u (local.get $byte) (i32.const 0x80))))
    (global.set $end (local.get $at))
    (local.get $value))

  ;; The address behind the value at an address. Tags: 0 to 2 alone, 3 and 4 numbers, 5 and 6 bytes and text, 7 lists, 8 maps.
  (func $skip (param $at i32) (result i32)
    (local $tag i32)
    (local $count i32)
    (local.set $tag (i32.load8_u (local.get $at)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.le_u (local.get $tag) (i32.const 2)) (then (return (local.get $at))))
    (local.set $count (call $number (local.get $at)))
    (local.set $at (global.get $end))
    (if (i32.le_u (local.get $tag) (i32.const 4)) (then (return (local.get $at))))
    (if (i32.le_u (local.get $tag) (i32.const 6)) (then (return (i32.add (local.get $at) (local.get $count)))))
    (if (i32.eq (local.get $tag) (i32.const 8)) (then (local.set $count (i32.shl (local.get $count) (i32.const 1)))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $at (call $skip (local.get $at)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (local.get $at))

  ;; Address of the answer in the high half, its length in the low one.
  (func (export "call") (param $at i32) (param $length i32) (result i64)
    (local $fields i32)
    (local $field i32)
    (local $body i32)
    (local.set $fields (call $number (i32.add (local.get $at) (i32.const 1))))
    (local.set $at (global.get $end))
    (block $found
      (loop $next
        (if (i32.eqz (local.get $fields)) (then (unreachable)))
        (local.set $field (call $number (i32.add (local.get $at) (i32.const 1))))
        (local.set $body (global.get $end))
        (local.set $at (call $skip (local.get $body)))
        (br_if $found (i32.eq (local.get $field) (i32.const 3)))
        (local.set $fields (i32.sub (local.get $fields) (i32.const 1)))
        (br $next)))
    ;; 08 02 · 03 01 03 c8 01 · 03 02: {1: 200, 2: the body follows}.
    (i64.store (i32.sub (local.get $body) (i32.const 9)) (i64.const 0x0301c80301030208))
    (i32.store8 (i32.sub (local.get $body) (i32.const 1)) (i32.const 2))
    (i64.or
      (i64.shl (i64.extend_i32_u (i32.sub (local.get $body) (i32.const 9))) (i64.const 32))
      (i64.extend_i32_u (i32.add (i32.const 9) (i32.sub (local.get $at) (local.get $body)))))))
